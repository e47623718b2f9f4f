import { createRequire } from 'node:module'
import path from 'node:path'
import type { MessageProperties } from 'amqplib'

/** A method's arguments, or a message's properties, by amqplib's names. */
export type Fields = Record<string, unknown>

/** What a frame says: a method, the head of a message (`size`), or a part of its body (`content`). */
export interface Frame {
  channel: number
  id?: number
  fields?: Fields
  size?: number
  content?: Buffer
}

interface Raw {
  type: number
  channel: number
  size: number
  payload: Buffer
  rest: Buffer
}

interface Definitions {
  [method: string]: unknown
  encodeMethod(id: number, channel: number, fields: Fields): Buffer
  encodeProperties(id: number, channel: number, size: number, fields: Fields): Buffer
}

interface Framing {
  PROTOCOL_HEADER: string
  parseFrame(bytes: Buffer, max: number): Raw | false
  decodeFrame(raw: Raw): Frame
  makeBodyFrame(channel: number, payload: Buffer): Buffer
}

// amqplib's own codec, which it does not export: what its client writes is read by what its client reads with.
const require = createRequire(import.meta.url)
const library = path.join(path.dirname(require.resolve('amqplib')), 'lib')
const definitions: Definitions = require(path.join(library, 'defs.js'))
const framing: Framing = require(path.join(library, 'frame.js'))

/** The largest frame that either side may send, in bytes. */
export const frameMax = 131_072
const frameOverhead = 8

/** What a client sends first. */
export const protocolHeader: Buffer = Buffer.from(framing.PROTOCOL_HEADER)

/** The name of a method: `BasicPublish`. */
export function methodName(id: number | undefined): string {
  return methodNames.get(id) ?? `method ${id}`
}

const methodNames = new Map(
  Object.entries(definitions).flatMap(([name, value]) => (typeof value === 'number' ? [[value as unknown, name]] : [])),
) as Map<number | undefined, string>

/** Takes whole frames off the beginning of what has arrived. */
export function readFrames(bytes: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = []
  let rest = bytes
  for (let raw = framing.parseFrame(rest, frameMax); raw !== false; raw = framing.parseFrame(rest, frameMax)) {
    frames.push(framing.decodeFrame(raw))
    rest = raw.rest
  }
  return { frames, rest }
}

export function methodFrame(channel: number, name: string, fields: Fields): Buffer {
  return definitions.encodeMethod(idOf(name), channel, fields)
}

/** The frames of a message after the method that announces it. */
export function contentFrames(channel: number, properties: MessageProperties, content: Buffer): Buffer[] {
  const head = definitions.encodeProperties(idOf('BasicProperties'), channel, content.length, { ...properties })
  const parts: Buffer[] = [head]
  for (let from = 0; from < content.length; from += frameMax - frameOverhead)
    parts.push(framing.makeBodyFrame(channel, content.subarray(from, from + frameMax - frameOverhead)))
  return parts
}

function idOf(name: string): number {
  const id = definitions[name]
  if (typeof id !== 'number') throw new Error(`AMQP has no method ${name}`)
  return id
}
