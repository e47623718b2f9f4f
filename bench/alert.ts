import { randomUUID } from 'node:crypto'

/** A file that every VirusTotal stand-in knows, so that a look-up has something to tell. */
const knownMd5 = '44d88612fea8a8f36de82e1278abb02f'

/** The body of one alert of the talk, as Splunk's webhook action sends it, with a search job of its own. */
export function alertBody(searchName = 'MockScan Alert'): { sid: string; body: string } {
  const seconds = Math.floor(Date.now() / 1000)
  const sid = `scheduler__bench_${randomUUID()}_at_${seconds}_1`
  const body = JSON.stringify({
    sid,
    search_name: searchName,
    app: 'search',
    owner: 'admin',
    results_link: `http://splunk.acme.example:8000/app/search/@go?sid=${sid}`,
    result: { _time: String(seconds), host: 'ws-0815', sourcetype: 'mockscan', user: 'mlisa', md5: knownMd5 },
  })
  return { sid, body }
}

/** The search name that starts the run with many branches. */
export const wideSearchName = 'Wide Alert'

/** The label of the ticket that ends such a run. */
export const wideLabel = 'wide'

/** How many branches it has. */
export const wideBranches = 1000
