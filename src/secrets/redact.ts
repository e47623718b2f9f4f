/** What to mask: payment-card numbers, US social-security numbers with dashes, or an own pattern with its name. */
export type RedactionRule = 'payment-card' | 'us-ssn' | OwnPattern

export interface OwnPattern {
  /** Shown in place of what was masked: `[redacted employee-number]`. */
  name: string
  /** Every match is masked. Its running time on hostile text is the author's affair. */
  pattern: RegExp
}

export interface RedactOptions {
  /** Whether the value at this path (keys and indexes from the root) and all below it stays as it is. */
  keep?: (path: readonly string[]) => boolean
}

interface Work {
  from: object
  to: object
  path: readonly string[]
}

/**
 * A copy of a JSON value in which everything that the rules name is masked, at any depth; keys, and objects that are
 * neither plain objects nor arrays, stay as they are. A number that is a match becomes the mask's text.
 *
 * `payment-card` masks numbers with an issuer's prefix, its length (15 digits for American Express, 16 for the others,
 * 19 where they are written in groups) and a right check digit (ISO/IEC 7812), in groups parted by single spaces or
 * dashes or in one piece; `us-ssn` masks numbers that can have been given out (SSA: no area 000, 666 or 9xx, no
 * group 00, no serial 0000). Neither touches digits that are part of a longer word, of a UUID, of a decimal number or
 * of a DOI. Takes time in proportion to the text.
 */
export function redact(value: unknown, rules: readonly RedactionRule[], { keep }: RedactOptions = {}): unknown {
  const root: { value?: unknown } = {}
  const todo: Work[] = []

  const copy = (child: unknown, path: readonly string[]): unknown => {
    if (keep?.(path)) return child
    if (typeof child === 'string') return redactText(child, rules)
    if (typeof child === 'number') return redactNumber(child, rules)
    if (!isContainer(child)) return child
    const to = Array.isArray(child) ? [] : {}
    todo.push({ from: child, to, path })
    return to
  }

  root.value = copy(value, [])
  for (let work = todo.pop(); work !== undefined; work = todo.pop()) {
    for (const [key, child] of Object.entries(work.from)) {
      // Defined and not assigned: "__proto__" can be a key of parsed JSON, and assigning it would set the prototype.
      Object.defineProperty(work.to, key, {
        value: copy(child, keep === undefined ? work.path : [...work.path, key]),
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
  }
  return root.value
}

/** The text with everything that the rules name masked; see `redact`. */
export function redactText(text: string, rules: readonly RedactionRule[]): string {
  return rules.reduce(applyRule, text)
}

function applyRule(text: string, rule: RedactionRule): string {
  if (rule === 'payment-card') return text.length < 15 ? text : betweenUuids(text, maskCards)
  if (rule === 'us-ssn') return text.length < 11 ? text : text.replaceAll(ssn, '[redacted us-ssn]')
  const { source, flags } = rule.pattern
  const everywhere = flags.includes('g') ? rule.pattern : new RegExp(source, `${flags}g`)
  return text.replaceAll(everywhere, (match) => (match === '' ? '' : `[redacted ${rule.name}]`))
}

function redactNumber(value: number, rules: readonly RedactionRule[]): unknown {
  if (!Number.isSafeInteger(value)) return value
  const text = String(value)
  const masked = redactText(text, rules)
  return masked === text ? value : masked
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const ssn =
  /(?<![\p{L}\p{N}_])(?<![\p{N}][-.])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\p{L}\p{N}_])(?![-.]\p{N})/gu

const uuid = /((?<![\p{L}\p{N}_])[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\p{L}\p{N}_]))/iu

/** Splitting by a pattern with one group puts the group's matches at the odd places. */
function betweenUuids(text: string, mask: (text: string) => string): string {
  if (text.length < 36) return mask(text)
  return text
    .split(uuid)
    .map((piece, index) => (index % 2 === 1 ? piece : mask(piece)))
    .join('')
}

function maskCards(text: string): string {
  return text.replaceAll(/\d+(?:[ \u00a0-]\d+)*/g, (run, start: number) =>
    run.length < 15 ? run : maskRun(run, isPartOfWord(text, start, start + run.length)),
  )
}

interface Ends {
  first: boolean
  last: boolean
}

function isPartOfWord(text: string, start: number, end: number): Ends {
  const before = text.slice(Math.max(0, start - 13), start)
  const after = text.slice(end, end + 2)
  return {
    first: /(?:[\p{L}\p{N}_]|\p{N}\.|10\.\d{4,9}\/)$/u.test(before),
    last: /^(?:[\p{L}\p{N}_]|\.\p{N})/u.test(after),
  }
}

/** Masks the card numbers among neighbouring groups of digits; groups that belong to a word can't be part of one. */
function maskRun(run: string, ends: Ends): string {
  const pieces = run.split(/([ \u00a0-])/)
  const lastIndex = ends.last ? pieces.length - 3 : pieces.length - 1
  const masked: string[] = ends.first ? pieces.slice(0, 2) : []
  let index = masked.length
  while (index <= lastIndex) {
    const end = cardEnd(pieces, index, lastIndex)
    if (end === undefined) {
      masked.push(...pieces.slice(index, index + 2))
      index += 2
    } else {
      masked.push('[redacted payment-card]', ...pieces.slice(end + 1, end + 2))
      index = end + 2
    }
  }
  masked.push(...pieces.slice(index))
  return masked.join('')
}

/** Index of the last group of the longest card number that begins with the group at `start`. */
function cardEnd(pieces: readonly string[], start: number, lastIndex: number): number | undefined {
  let digits = ''
  let found: number | undefined
  for (let index = start; index <= lastIndex; index += 2) {
    const group = pieces[index] ?? ''
    // People write cards in groups of three digits or more; pairs are dates, times and telephone numbers.
    if (group.length < 3) break
    digits += group
    if (digits.length > 19) break
    if (isCard(digits, index > start)) found = index
  }
  return found
}

function isCard(digits: string, isGrouped: boolean): boolean {
  const issuer = digits.length === 19 && !isGrouped ? undefined : issuers[digits.length]
  return issuer?.test(digits) === true && hasCheckDigit(digits)
}

/** The prefixes in use, by the number's length (ISO/IEC 7812 ranges as the networks publish them). */
const issuers: Partial<Record<number, RegExp>> = {
  // American Express
  15: /^3[47]/,
  // Visa; Mastercard; Discover, UnionPay and RuPay; JCB; Diners Club; Mir
  16: /^(?:4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|6011|6[245]|60|8[12]|508|35(?:2[89]|[3-8])|3(?:0[0-5]|[689])|220[0-4])/,
  // Visa; UnionPay
  19: /^(?:4|62|81)/,
}

/** The check digit by Luhn's formula (ISO/IEC 7812-1, annex B). */
function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const weighted = index % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}
