import { automation } from 'adderjs'
import * as splunk from 'adderjs/splunk'
import { wideBranches, wideLabel, wideSearchName } from '../../alert.ts'

/** A run with a thousand branches of two look-ups each, and a ticket at its end that shows from outside that it is over. */
export const wide = automation({
  name: 'wide',
  on: splunk.alert({ searchName: wideSearchName }),
  run: async ({ event, tickets, virustotal, sleep }) => {
    const hash = event.result.md5
    if (typeof hash !== 'string') return
    await Promise.all(
      Array.from({ length: wideBranches }, async () => {
        await virustotal.file(hash)
        await sleep(100)
        await virustotal.file(hash)
      }),
    )
    await tickets.open({ summary: 'Wide', labels: [wideLabel] })
  },
})
