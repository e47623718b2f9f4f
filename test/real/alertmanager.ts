import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../src/cli/demo/free-port.ts'
import { until } from '../support/until.ts'

const binary = '/usr/bin/prometheus-alertmanager'

export interface Alertmanager {
  /** Tells it of alerts; one with an `endsAt` in the past is resolved. */
  post(alerts: readonly PostedAlert[]): Promise<void>
  /** What it has logged. */
  output(): string
  stop(): Promise<void>
}

export interface PostedAlert {
  labels: Record<string, string>
  annotations?: Record<string, string>
  startsAt?: string
  endsAt?: string
}

export interface AlertmanagerOptions {
  /** Where its webhook leads. */
  url: string
  /** How it says who it is, as in `http_config` of its configuration, in YAML's flow form. */
  httpConfig: string
  /** How often it tells of a group again that has not changed, in seconds. */
  repeatSeconds: number
}

/** Whether Prometheus Alertmanager is installed (Debian: `apt-get install prometheus-alertmanager`). */
export async function hasAlertmanager(): Promise<boolean> {
  return access(binary).then(
    () => true,
    () => false,
  )
}

/** An Alertmanager in a folder of its own, on a loopback port that the system picked. It groups alerts by their name. */
export async function startAlertmanager({
  url,
  httpConfig,
  repeatSeconds,
}: AlertmanagerOptions): Promise<Alertmanager> {
  const folder = await mkdtemp(path.join(tmpdir(), 'adder-alertmanager-'))
  const address = `127.0.0.1:${await freePort()}`
  const configuration = path.join(folder, 'alertmanager.yml')
  await writeFile(
    configuration,
    [
      'route:',
      '  receiver: adder',
      '  group_by: [alertname]',
      '  group_wait: 200ms',
      '  group_interval: 1s',
      `  repeat_interval: ${repeatSeconds}s`,
      'receivers:',
      '  - name: adder',
      '    webhook_configs:',
      `      - { url: '${url}', send_resolved: true, http_config: ${httpConfig} }`,
      '',
    ].join('\n'),
    { mode: 0o600 },
  )
  const server = spawn(
    binary,
    [
      `--config.file=${configuration}`,
      `--storage.path=${path.join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      `--web.external-url=http://${address}`,
      '--cluster.listen-address=',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit')
      server.kill('SIGTERM')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until('Alertmanager is ready', () => isOk(`http://${address}/-/ready`), { shown: () => said })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    async post(alerts) {
      const answer = await fetch(`http://${address}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      })
      if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`)
    },
    output: () => said,
    stop,
  }
}

async function isOk(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}
