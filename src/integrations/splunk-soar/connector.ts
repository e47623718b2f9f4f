import * as z from 'zod'
import type { Effect, EffectCall } from '../../connectors/effect.ts'
import * as http from '../../connectors/http.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { type Answer, found, notFound } from '../../connectors/outcome.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import { maskSecrets, type Secret } from '../../secrets/secret.ts'
import {
  ContainerAnswer,
  ContainersAnswer,
  NotFoundAnswer,
  type PlaybookRun,
  PlaybookRunAnswer,
  PlaybookRunsAnswer,
  playbookRun,
  StartedAnswer,
} from './schema.ts'

export interface SplunkSoarOptions {
  /** Where people open Splunk SOAR: `https://soar.acme.example`. */
  url: string
  /** The authorization token of an automation user. */
  token: Secret
}

const Id = z.int().positive()

const Artifact = z.object({
  name: z.string().min(1).max(255),
  /** By the names of the Common Event Format: `{ sourceAddress: '203.0.113.7' }`. */
  cef: z
    .record(z.string().regex(/^[\w.-]{1,100}$/), z.union([z.string().max(10_000), z.number(), z.boolean()]))
    .refine((fields) => Object.keys(fields).length <= 100, 'has more than 100 fields'),
})

const ContainerInput = z.object({
  name: z.string().min(1).max(255),
  description: z.string().max(10_000).optional(),
  label: z.string().min(1).max(100).default('events'),
  severity: z.string().min(1).max(64).default('medium'),
  artifacts: z.array(Artifact).max(100).default([]),
})

/** `local/contain_host`. Without quotes and backslashes, for it is searched for too. */
const Playbook = z
  .string()
  .max(200)
  .regex(/^[^/"'\\]+\/[^/"'\\]+$/, 'is no name such as local/contain_host')

/** A container that was opened. */
export interface OpenedContainer {
  id: number
  /** Its page. */
  url: string
}

/** A run of a playbook that was started, and what `playbookRun` asks after. */
export interface StartedPlaybook {
  id: number
}

/** A run that began this much before it was intended was perhaps told by another clock. */
const clockMarginMs = 60_000

/** Whether a run of a playbook is over, well or not. */
export function isOver({ state }: PlaybookRun): boolean {
  return state !== 'pending' && state !== 'running'
}

/**
 * Opens containers in Splunk SOAR, runs playbooks on them, and tells how far those are.
 *
 * `openContainer({ name, artifacts })` opens a container with its artifacts; the label is `events` and the severity
 * `medium` where it says nothing else. The playbooks that are active for the label run by themselves then. The marker is
 * its `source_data_identifier`, by which it is found again, and of which Splunk SOAR takes no second.
 *
 * `runPlaybook({ playbook: 'local/contain_host', container })` starts a playbook on a container. A run keeps no marker,
 * so in doubt a run of the same playbook on the same container, that began since this one was intended or up to a minute
 * before, is taken for it, whoever started it. `playbookRun(started)` says whether it waits, runs or how it ended. Inputs of
 * playbooks can't be given: the pages of different versions say different things of them.
 *
 * https://help.splunk.com/en/splunk-soar/soar-cloud/rest-api-reference: Query for Data, REST Containers, REST Run Playbook
 * (read in November 2026). Two things are told by its users and not by these pages: that a repeated
 * `source_data_identifier` is answered with `existing_container_id`, without which the container is still found by its
 * marker; and that runs can be filtered by `playbook__name`, without which a run in doubt waits for a person.
 */
export function connector(options: SplunkSoarOptions) {
  expectOptions('splunkSoar.connector', options, { url: 'string', token: 'any' })
  const { url, token } = options
  const pageOf = (container: number) => `${url.replace(/\/$/, '')}/mission/${container}`
  return http.connector({
    integration: 'splunk-soar',
    title: 'Splunk SOAR',
    docs: 'https://help.splunk.com/en/splunk-soar/soar-cloud/rest-api-reference',
    baseUrl: url,
    auth: http.header('ph-auth-token', token),
    lookups: {
      playbookRun: http.lookup({
        input: z.object({ id: Id }),
        request: ({ id }) => ({ path: http.path`/rest/playbook_run/${String(id)}` }),
        answer: PlaybookRunAnswer,
        found: (run) => playbookRun(run, pageOf(run.container)),
        notFound: { status: 404, answer: NotFoundAnswer },
      }),
    },
    effects: {
      openContainer: openContainer(pageOf),
      runPlaybook: http.effect({
        once: 'by state',
        // It is only queued by the answer, and seen in the list a little later.
        finding: 'lagging',
        input: z.object({ playbook: Playbook, container: Id, scope: z.enum(['all', 'new']).default('all') }),
        request: ({ playbook, container, scope }) => ({
          path: '/rest/playbook_run',
          body: { playbook_id: playbook, container_id: container, scope, run: true },
        }),
        answer: StartedAnswer,
        made: ({ playbook_run_id }): StartedPlaybook => ({ id: Number(playbook_run_id) }),
        find: {
          request: ({ playbook, container }) => ({
            path: '/rest/playbook_run',
            query: {
              _filter_container: container,
              _filter_playbook__name: quoted(playbook.slice(playbook.indexOf('/') + 1)),
              sort: 'id',
              order: 'desc',
              page_size: 100,
            },
          }),
          answer: PlaybookRunsAnswer,
          found: ({ data }, _, { intendedAt }) => {
            const since = Date.parse(intendedAt) - clockMarginMs
            // What has no time yet has not begun, and so is new.
            const run = data.find(({ start_time }) => !start_time || Date.parse(start_time) >= since)
            return run && { id: run.id }
          },
        },
        about: ({ container }) => ({ key: `container ${container}`, url: pageOf(container) }),
      }),
    },
    probe: { path: '/rest/container', query: { page_size: 1 } },
  })
}

function openContainer(pageOf: (id: number) => string) {
  return ({ send, what }: http.HttpChannel): Effect<z.input<typeof ContainerInput>, OpenedContainer> => ({
    once: 'by marker',
    finding: 'cheap',
    async make(given, { marker, signal }) {
      const { artifacts, ...container } = http.checked(ContainerInput, given, { send, what })
      const { status, json } = await send({
        method: 'POST',
        path: '/rest/container',
        body: {
          ...container,
          source_data_identifier: marker,
          artifacts: artifacts.map((artifact, index) => ({
            ...artifact,
            label: 'event',
            source_data_identifier: `${marker}-${index + 1}`,
          })),
        },
        accept: [400, 409],
        signal,
      })
      const answer = parseAnswer(ContainerAnswer, json, what)
      if ('message' in answer) throw new ConnectorRefused(`${what}: answered ${status} (${said(answer)})`, { status })
      const id = 'id' in answer ? answer.id : answer.existing_container_id
      return { id, url: pageOf(id) }
    },
    async find(_, { marker, signal }: EffectCall): Promise<Answer<OpenedContainer>> {
      const query = { _filter_source_data_identifier: quoted(marker), sort: 'id', order: 'asc', page_size: 1 }
      const { json } = await send({ path: '/rest/container', query, signal })
      const [container] = parseAnswer(ContainersAnswer, json, what).data
      return container === undefined ? notFound() : found({ id: container.id, url: pageOf(container.id) })
    },
  })
}

/** Masked before it is cut: half a secret would not be found. */
function said({ message }: { message: string }): string {
  return maskSecrets(message.slice(0, 10_000)).replaceAll(/\s+/g, ' ').slice(0, 300)
}

/** A text as filters want it. */
function quoted(text: string): string {
  return `"${text}"`
}
