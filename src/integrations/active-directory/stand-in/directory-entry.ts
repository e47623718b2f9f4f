/** An entry of the stand-in's directory, by the vendor's own attribute names. */
export interface DirectoryEntry {
  dn: string
  attributes: Record<string, readonly string[]>
}
