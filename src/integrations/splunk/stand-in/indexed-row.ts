/** A log line of MockScan, the invented detector that the saved search looks for. */
export interface MockScanLog {
  user: string
  md5: string
  /** The host that was scanned. */
  host?: string
  /** Default now. */
  time?: Date
  /** Lines of another sourcetype are kept, and the saved search does not find them. Default `mockscan`. */
  sourcetype?: string
  /** Further fields. */
  fields?: Record<string, string | string[]>
}

export type Row = Record<string, string | string[]>

export type SearchedRow = Row & { _time: string; sourcetype: string }

/** A line as Splunk returns it: every value is a string, fields with several values are lists. */
export function indexedRow({
  user,
  md5,
  host = 'mona-laptop',
  time = new Date(),
  sourcetype = 'mockscan',
  fields = {},
}: MockScanLog): SearchedRow {
  const raw = `${time.toISOString()} mockscan[412]: verdict=suspicious host=${host} user=${user} md5=${md5}`
  const own = {
    _time: (time.getTime() / 1000).toFixed(3),
    _raw: raw,
    _indextime: String(Math.floor(Date.now() / 1000)),
    _si: ['idx1.acme.example', 'security'],
    _sourcetype: sourcetype,
    host,
    index: 'security',
    linecount: '1',
    source: '/var/log/mockscan.log',
    sourcetype,
    splunk_server: 'idx1.acme.example',
    user,
    md5,
    verdict: 'suspicious',
  }
  return { ...own, ...fields, _time: own._time, sourcetype }
}
