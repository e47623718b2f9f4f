/** A packet of a client's, as far as the robot understands it: MQTT 3.1.1. */
export type ClientPacket =
  | { kind: 'connect'; clientId: string; username: string; password: string }
  | { kind: 'publish'; topic: string; payload: string }
  | { kind: 'subscribe'; id: number; topics: number }
  | { kind: 'ping' }
  | { kind: 'disconnect' }

const type = { connect: 1, connack: 2, publish: 3, subscribe: 8, suback: 9, ping: 12, pong: 13, disconnect: 14 }
const mostBytes = 64 * 1024
const mqtt311 = 4
/** Of CONNECT: user name, password, and whether the session begins anew, which says nothing here. */
const withCredentials = 0b1100_0000
const cleanSession = 0b0000_0010

/**
 * The first whole packet in the bytes and what follows it; undefined while it is not whole yet. Throws on what the
 * robot does not speak: anything but QoS 0, a will, another version.
 *
 * https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
 */
export function takePacket(bytes: Buffer): { packet: ClientPacket; rest: Buffer } | undefined {
  const size = remainingLength(bytes)
  if (size === undefined) return undefined
  if (size.length > mostBytes) throw new Error(`The packet has more than ${mostBytes} bytes`)
  const end = size.start + size.length
  if (bytes.length < end) return undefined
  return { packet: read(bytes.readUInt8(0), bytes.subarray(size.start, end)), rest: bytes.subarray(end) }
}

/** Seven bits a byte, the lowest first. */
function remainingLength(bytes: Buffer): { length: number; start: number } | undefined {
  let length = 0
  for (let at = 1; at <= 4; at += 1) {
    const byte = bytes[at]
    if (byte === undefined) return undefined
    length += (byte & 127) * 128 ** (at - 1)
    if (byte < 128) return { length, start: at + 1 }
  }
  throw new Error('The length of the packet is too long')
}

function read(head: number, body: Buffer): ClientPacket {
  switch (head) {
    case type.connect << 4:
      return readConnect(body)
    case type.publish << 4: {
      const { text: topic, rest } = takeText(body)
      return { kind: 'publish', topic, payload: rest.toString() }
    }
    case (type.subscribe << 4) | 2:
      return { kind: 'subscribe', id: body.readUInt16BE(0), topics: countTopics(body.subarray(2)) }
    case type.ping << 4:
      return { kind: 'ping' }
    case type.disconnect << 4:
      return { kind: 'disconnect' }
    default:
      throw new Error(`This packet is not understood here: ${head}`)
  }
}

function readConnect(body: Buffer): ClientPacket {
  const { text: protocol, rest } = takeText(body)
  const flags = rest.readUInt8(1)
  if (protocol !== 'MQTT' || rest.readUInt8(0) !== mqtt311) throw new Error('This is not MQTT 3.1.1')
  if ((flags & ~cleanSession) !== withCredentials) throw new Error('A user name and a password are wanted, and no will')
  const client = takeText(rest.subarray(4))
  const user = takeText(client.rest)
  const { text: password } = takeText(user.rest)
  return { kind: 'connect', clientId: client.text, username: user.text, password }
}

function countTopics(body: Buffer): number {
  let topics = 0
  for (let rest = body; rest.length > 0; topics += 1) rest = takeText(rest).rest.subarray(1)
  return topics
}

function takeText(bytes: Buffer): { text: string; rest: Buffer } {
  const end = 2 + bytes.readUInt16BE(0)
  if (bytes.length < end) throw new Error('The packet ends inside a text')
  return { text: bytes.subarray(2, end).toString(), rest: bytes.subarray(end) }
}

/** @param code 0: let in. */
export function connack(code: number): Buffer {
  return packet(type.connack, Buffer.of(0, code))
}

export function suback({ id, topics }: { id: number; topics: number }): Buffer {
  return packet(type.suback, Buffer.of(id >> 8, id & 255, ...Array<number>(topics).fill(0)))
}

export function pong(): Buffer {
  return packet(type.pong, Buffer.alloc(0))
}

export function publish(topic: string, payload: string): Buffer {
  const name = Buffer.from(topic)
  return packet(
    type.publish,
    Buffer.concat([Buffer.of(name.length >> 8, name.length & 255), name, Buffer.from(payload)]),
  )
}

function packet(kind: number, body: Buffer): Buffer {
  const head = [kind << 4]
  for (let left = body.length; head.length === 1 || left > 0; left = Math.floor(left / 128))
    head.push((left % 128) | (left >= 128 ? 128 : 0))
  return Buffer.concat([Buffer.from(head), body])
}
