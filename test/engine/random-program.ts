import * as fc from 'fast-check'

/** A program as data: what the property test runs as an automation. Every leaf has an id of its own in its program. */
export type Program =
  /** Fails so many times, then gives its id. */
  | { kind: 'step'; failures: number }
  /** Asks; fails so many times, then finds its id. Hopeless ones end as `failed`. */
  | { kind: 'lookup'; failures: number; isHopeless: boolean }
  /** Is made once. */
  | { kind: 'effect'; failures: number }
  /** Throws `StepRefused`. */
  | { kind: 'refusal' }
  | { kind: 'sleep'; ms: number }
  | { kind: 'all' | 'race' | 'allSettled' | 'sequence'; of: Program[] }
  | { kind: 'loop'; times: number; body: Program }
  | { kind: 'try'; body: Program; rescue: Program }
  /** Quick steps beside one that goes on only once they are all done: by blocking, or by failing until then. */
  | { kind: 'abreast'; quick: number; slow: 'blocks' | 'fails' }

/** What a program came to, in a form that keeps how it came to it. */
export type Result =
  | string
  | { error: string }
  | { list: Result[] }
  | { ok: Result }
  | { rescued: Result; from: string }

const leaf: fc.Arbitrary<Program> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('step' as const), failures: flaky() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('lookup' as const),
      failures: flaky(),
      isHopeless: fc.nat(9).map((number) => number === 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('effect' as const), failures: flaky() }) },
  { weight: 1, arbitrary: fc.constant<Program>({ kind: 'refusal' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sleep' as const), ms: fc.integer({ min: 1, max: 120 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('abreast' as const),
      quick: fc.integer({ min: 1, max: 3 }),
      slow: fc.constantFrom('blocks' as const, 'fails' as const),
    }),
  },
)

/** Three steps in ten fail at first. */
function flaky(): fc.Arbitrary<number> {
  return fc.nat(9).map((number) => Math.max(0, number - 7))
}

const { program } = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'program' },
    { weight: 2, arbitrary: leaf },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('all' as const, 'race' as const, 'allSettled' as const, 'sequence' as const),
        of: fc.array(tie('program'), { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('loop' as const),
        times: fc.integer({ min: 1, max: 3 }),
        body: tie('program'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('try' as const), body: tie('program'), rescue: tie('program') }),
    },
  ),
}))

/** The same program, where what is slow fails instead of blocking. */
export function withoutBlocking(program: Program): Program {
  switch (program.kind) {
    case 'all':
    case 'race':
    case 'allSettled':
    case 'sequence':
      return { ...program, of: program.of.map(withoutBlocking) }
    case 'loop':
      return { ...program, body: withoutBlocking(program.body) }
    case 'try':
      return { ...program, body: withoutBlocking(program.body), rescue: withoutBlocking(program.rescue) }
    case 'abreast':
      return { ...program, slow: 'fails' }
    default:
      return program
  }
}

/** Programs that begin with something that combines, and are small enough to run by the thousand. */
export function randomPrograms(options: { seed: number; count: number }): Program[] {
  const worthwhile = program.filter((each) => 'of' in each && leaves(each) >= 3 && leaves(each) <= 24)
  return fc.sample(worthwhile, { seed: options.seed, numRuns: options.count })
}

function leaves(program: Program): number {
  switch (program.kind) {
    case 'all':
    case 'race':
    case 'allSettled':
    case 'sequence':
      return program.of.reduce((sum, each) => sum + leaves(each), 0)
    case 'loop':
      return program.times * leaves(program.body)
    case 'try':
      return leaves(program.body) + leaves(program.rescue)
    case 'abreast':
      return program.quick + 1
    default:
      return 1
  }
}

/** Whether a program may come to this result, whatever the order in which its parts end. */
export function allows(program: Program, result: Result, at = ''): boolean {
  switch (program.kind) {
    case 'step':
    case 'effect':
      return result === at
    case 'lookup':
      return result === (program.isHopeless ? `${at} failed` : at)
    case 'refusal':
      return isError(result) && result.error === at
    case 'sleep':
      return result === 'slept'
    case 'abreast':
      return result === `${at}.slow`
    case 'all':
    case 'sequence':
      if (isError(result)) return program.of.some((each, index) => allows(each, result, `${at}.${index}`))
      return isList(result) && allowsEach(program.of, result.list, at)
    case 'allSettled':
      return isList(result) && allowsEach(program.of, result.list, at)
    case 'race':
      return program.of.some((each, index) => allows(each, result, `${at}.${index}`))
    case 'loop':
      if (isError(result)) return turns(program).some((body, index) => allows(body, result, `${at}.${index}`))
      return isList(result) && allowsEach(turns(program), result.list, at)
    case 'try':
      return allowsTry(program, result, at)
  }
}

function allowsTry({ body, rescue }: Extract<Program, { kind: 'try' }>, result: Result, at: string): boolean {
  if (isError(result)) return allows(rescue, result, `${at}.rescue`)
  if (typeof result !== 'object') return false
  if ('ok' in result) return allows(body, result.ok, `${at}.body`)
  return (
    'rescued' in result &&
    allows(body, { error: result.from }, `${at}.body`) &&
    allows(rescue, result.rescued, `${at}.rescue`)
  )
}

function turns({ times, body }: Extract<Program, { kind: 'loop' }>): Program[] {
  return Array.from({ length: times }, () => body)
}

function allowsEach(programs: Program[], results: Result[], at: string): boolean {
  return (
    programs.length === results.length &&
    programs.every((each, index) => {
      const result = results[index]
      return result !== undefined && allows(each, result, `${at}.${index}`)
    })
  )
}

function isError(result: Result): result is { error: string } {
  return typeof result === 'object' && 'error' in result
}

function isList(result: Result): result is { list: Result[] } {
  return typeof result === 'object' && 'list' in result
}
