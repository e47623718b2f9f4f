import { readFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

// Where the time of a processor profile goes: `node bench/profile-summary.ts <file.cpuprofile> [lines]`.

interface Frame {
  functionName: string
  url: string
  lineNumber: number
}

interface Profile {
  nodes: { id: number; callFrame: Frame; children?: number[] }[]
  samples: number[]
  timeDeltas: number[]
}

const [, , file = '', shown = '25'] = argv
const root = fileURLToPath(new URL('..', import.meta.url))
const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile // as V8 writes it
const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
const sums = { place: new Map<string, number>(), function: new Map<string, number>(), owner: new Map<string, number>() }
let busyMs = 0

for (const [index, id] of profile.samples.entries()) {
  const frame = nodes.get(id)?.callFrame
  if (frame === undefined || ['(idle)', '(root)'].includes(frame.functionName)) continue
  const ms = (profile.timeDeltas[index] ?? 0) / 1000
  busyMs += ms
  add(sums.place, placeOf(frame), ms)
  add(sums.function, `${frame.functionName || '(anonymous)'}  ${placeOf(frame)}:${frame.lineNumber + 1}`, ms)
  add(sums.owner, ownerOf(id), ms)
}
print('Self time by file or package', sums.place)
print('Self time by function', sums.function)
print('Time by the nearest caller that is a file of Adder or a package', sums.owner)

function add(map: Map<string, number>, key: string, ms: number): void {
  map.set(key, (map.get(key) ?? 0) + ms)
}

/** Node's own code and the runtime's are put down to whoever called them. */
function ownerOf(id: number): string {
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const frame = nodes.get(at)?.callFrame
    if (frame?.url.startsWith('file:')) return placeOf(frame)
  }
  return `${nodes.get(id)?.callFrame.functionName ?? ''} (no caller)`
}

/** A package for what is installed, the file for what is Adder's. */
function placeOf({ url, functionName }: Frame): string {
  if (url === '') return `(${functionName.replaceAll(/[()]/g, '') || 'native'})`
  if (!url.startsWith('file:')) return url.startsWith('node:') ? url : (url.split(':')[0] ?? url)
  const path = fileURLToPath(url)
  const [scope = '', name = ''] = path.split('/node_modules/').at(-1)?.split('/') ?? []
  if (!path.includes('/node_modules/')) return path.replace(root, '')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

function print(title: string, map: Map<string, number>): void {
  console.log(`\n${title} (of ${Math.round(busyMs)} ms)`)
  const sorted = [...map].sort(([, a], [, b]) => b - a).slice(0, Number(shown))
  for (const [key, ms] of sorted) console.log(`${((ms / busyMs) * 100).toFixed(1).padStart(6)} %  ${key}`)
}
