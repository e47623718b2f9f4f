/**
 * The value of the first part of a distinguished name, unescaped (RFC 4514): `Louvre, Paris` of
 * `CN=Louvre\, Paris,OU=Groups,DC=acme,DC=example`. What is not a distinguished name comes back as it is.
 */
export function firstName(dn: string): string {
  const first = /^[^=,]+=((?:\\.|[^\\,+])*)/s.exec(dn)?.[1]
  return first === undefined ? dn : unescaped(first.trim())
}

function unescaped(value: string): string {
  // A run of hexadecimal pairs is UTF-8, so it is decoded as a whole: `\C3\A9` is one letter.
  return value
    .replaceAll(/(?:\\[0-9a-f]{2})+/gi, (pairs) => Buffer.from(pairs.replaceAll('\\', ''), 'hex').toString('utf8'))
    .replaceAll(/\\(.)/gs, '$1')
}
