import { closestName } from './closest-name.ts'
import { ConfigError, type ConfigFault } from './config-error.ts'

/**
 * What each option of a factory has to be: a string, one of some strings, or anything, which the factory itself looks
 * at. A question mark, or an `undefined` at the end of the list of strings, says that it may be left out. TypeScript
 * refuses a table that lacks an option, has another one, or disagrees on which may be left out.
 */
export type OptionForms<O> = {
  readonly [K in keyof O]-?: Record<never, never> extends Pick<O, K>
    ? 'string?' | 'any?' | readonly [...StringsOf<O[K]>, undefined]
    : 'string' | 'any' | StringsOf<O[K]>
}

type StringsOf<T> = readonly Extract<T, string>[]
type OptionForm = 'string' | 'string?' | 'any' | 'any?' | readonly (string | undefined)[]

/**
 * Checks the options of a factory before it uses them, also for those who have no compiler to do so: a misspelt option
 * would be left out without a word. No value is shown, because it may be a secret.
 *
 * @param factory in the words of the configuration: `virusTotal.connector`.
 * @throws ConfigError naming every option that there is not, that is missing, or that can't be used.
 */
export function expectOptions<O>(factory: string, options: O, forms: OptionForms<NoInfer<O>>): void {
  const given: unknown = options ?? {}
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ConfigError([{ at: factory, problem: 'its options must be an object, such as { name: … }' }])
  const faults = optionFaults(given, forms)
  if (faults.length > 0)
    throw new ConfigError(faults.map(({ at, ...fault }) => ({ at: `${factory}({ ${at} })`, ...fault })))
}

function optionFaults(options: object, forms: Readonly<Record<string, OptionForm>>): ConfigFault[] {
  const names = Object.keys(forms)
  const unknown = Object.keys(options).filter((option) => !Object.hasOwn(forms, option))
  const values = new Map(Object.entries(options))
  return [
    ...unknown.map((option) => ({ at: option, problem: unknownOption(option, names) })),
    ...Object.entries(forms).flatMap(([option, form]) => {
      const problem = valueFault(values.get(option), form)
      return problem === undefined ? [] : [{ at: option, problem }]
    }),
  ]
}

function unknownOption(option: string, names: readonly string[]): string {
  const closest = closestName(option, names)
  const meant = closest === undefined ? '.' : `; did you mean ${closest}?`
  return `there is no such option${meant} Known options: ${names.join(', ')}`
}

function valueFault(value: unknown, form: OptionForm): string | undefined {
  const isOptional = typeof form === 'string' ? form.endsWith('?') : form.includes(undefined)
  if (value === undefined || (value === null && !isOptional)) return isOptional ? undefined : 'is missing'
  if (form === 'any' || form === 'any?') return undefined
  if (form === 'string' || form === 'string?') return typeof value === 'string' ? undefined : 'must be a string'
  const strings = form.filter((each) => each !== undefined)
  if (strings.some((each) => each === value)) return undefined
  return `must be ${strings.map((each) => `'${each}'`).join(' or ')}`
}
