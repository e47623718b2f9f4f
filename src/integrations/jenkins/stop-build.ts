import type { CallOptions, Effect } from '../../connectors/effect.ts'
import * as http from '../../connectors/http.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { jobPath, locateStarted, type StartedBuild, StartedInput } from './locate-build.ts'
import type { QueueItem } from './schema.ts'

/**
 * Takes a build out of the queue, or has Jenkins abort it. What is over or gone is left alone.
 *
 * hudson.model.Queue and hudson.model.Run of https://github.com/jenkinsci/jenkins
 */
export function stopBuild(url: string) {
  return (channel: http.HttpChannel): Effect<StartedBuild, StartedBuild> => ({
    once: 'by state',
    finding: 'cheap',
    async make(given, call) {
      const started = http.checked(StartedInput, given, channel)
      const before = await locateStarted(channel, call, started)
      if (before.queued !== undefined) await cancelQueued(channel, call, before.queued)
      // What had left the queue meanwhile is being built.
      const { queued, built } = before.queued === undefined ? before : await locateStarted(channel, call, started)
      if (queued !== undefined)
        throw new ConnectorRefused(`${channel.what}: it is still in the queue; has the user Job/Cancel?`, {
          status: 200,
        })
      if (built?.building === true) {
        const path = `${jobPath(started.job)}/${built.number}/stop`
        await abortBuild(channel, call, { url, path })
      }
      return started
    },
    async find(given, call) {
      const started = http.checked(StartedInput, given, channel)
      const { queued, built } = await locateStarted(channel, call, started)
      return queued === undefined && built?.building !== true ? found(started) : notFound()
    },
  })
}

/** 404 is that it had left the queue. Up to 2019 Jenkins answered with a redirect in any case (JENKINS-21311). */
async function cancelQueued({ send }: http.HttpChannel, { signal }: CallOptions, { id }: QueueItem): Promise<void> {
  const path = '/queue/cancelItem'
  await send({ method: 'POST', path, query: { id }, accept: [302, 404], isText: true, signal })
}

/** Jenkins leads back to the page before, whatever it did; a redirect to another host is that of a proxy. */
async function abortBuild(
  { send, what }: http.HttpChannel,
  { signal }: CallOptions,
  { url, path }: { url: string; path: string },
): Promise<void> {
  const { status, headers } = await send({ method: 'POST', path, accept: [302], isText: true, signal })
  const location = headers.get('location')
  const next = location === null ? null : URL.parse(location, url)
  if (status === 302 && next?.host === new URL(url).host) return
  throw new ConnectorRefused(`${what}: answered ${status}, and not with the way back to the build`, { status })
}
