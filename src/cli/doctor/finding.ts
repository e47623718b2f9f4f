/** One thing that the doctor looked at. */
export interface Finding {
  /** `connector "virustotal"`, `ticketing`, `clock`. */
  of: string
  state: 'ok' | 'warning' | 'failed'
  says: string
  /** What to do about it. */
  fix?: string
}
