import { readFileSync } from 'node:fs'

/**
 * The certificates of an authority: as given where that is PEM, or from the file that it names; undefined where nothing
 * is given. An `Error` where there are none, whose message begins a sentence about the option.
 */
export function readCa(given: string | undefined): string | undefined | Error {
  if (given === undefined || isPem(given)) return given
  try {
    const text = readFileSync(given, 'utf8')
    return isPem(text) ? text : new Error(`${given} holds no certificate`)
  } catch (cause) {
    return new Error(`${given} can't be read`, { cause })
  }
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN CERTIFICATE-----')
}
