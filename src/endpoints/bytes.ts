/** A body that is handed over as it came. */
export interface Bytes {
  kind: 'bytes'
  /** The largest body that is read. */
  maxBytes: number
}

/** The raw body as a `Buffer`, of any content type and without decoding; empty where there is none. */
export function bytes({ maxBytes }: { maxBytes: number }): Bytes {
  return { kind: 'bytes', maxBytes }
}
