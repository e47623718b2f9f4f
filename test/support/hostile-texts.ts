const characters = 1_000_000

/** What a careless search for values would look at again and again. */
const pieces = [
  ...['a', 'a ', ' ', '\n', "'", '%', '[', '[.]', '\\.', '(at) ', 'é.', '\ufffd', '0', 'f '],
  ...['user', 'user ', 'user:', 'user: \n', 'user:a\n', '|user', 'user | ', '* ', '|', 'username='],
  ...['9e107d9d372bb6826bd81d3542a419d6', '9e107d9d372bb6826bd81d3542a419d6 ', 'CVE-', 'CVE-2024-1234 '],
  ...['@', 'a@', 'a.a@', 'a.co@', 'a.co:', 'a.co ', 'a.zz ', 'a.', 'ab-', 'xn--', 'é.рф '],
  ...['1.', '1.1.1.1 ', '1.1.1.1:', '1:', '::', '::1 ', '1::1:', 'a:a:', 'ff:'],
  ...['http:', 'http://', 'http://a', 'http://a.co ', 'http://a.co,', 'http://)', 'http://(', 'http://[', 'http://%'],
  ...['hxxp', 'hxxps://', 'h**p[:]//', 'hxxp[:'],
]

/** Each of them another value, so that nothing is saved by knowing the first. */
const counted: Record<string, (index: number) => string> = {
  domains: (index) => `a${index}.co `,
  'names without a public suffix': (index) => `a${index}.zz `,
  'domains in other letters': (index) => `é${index}.рф `,
  'IPv4 addresses': (index) => `${(index >> 16) + 1}.${(index >> 8) & 255}.${index & 255}.1 `,
  'IPv6 addresses': (index) => `2001:db8::${(index >> 16).toString(16)}:${(index & 65_535).toString(16)} `,
  URLs: (index) => `http://a${index}.co/ `,
  'broken URLs': (index) => `http://%${index}%/ `,
  'e-mail addresses': (index) => `b@a${index}.co `,
  'a chain of e-mail addresses': (index) => `a${index}.co@`,
  hashes: (index) => `${index.toString(16).padStart(32, '0')} `,
  CVEs: (index) => `CVE-2024-${index + 10_000} `,
}

/** Texts of a megabyte that somebody may send to keep Adder busy. */
export function hostileTexts(): { name: string; text: string }[] {
  return [
    ...pieces.map((piece) => ({
      name: JSON.stringify(piece),
      text: piece.repeat(Math.ceil(characters / piece.length)),
    })),
    ...Object.entries(counted).map(([name, piece]) => ({ name, text: manyOf(piece) })),
  ]
}

function manyOf(piece: (index: number) => string): string {
  const texts: string[] = []
  for (let length = 0; length < characters; length += texts.at(-1)?.length ?? 1) texts.push(piece(texts.length))
  return texts.join('').slice(0, characters)
}
