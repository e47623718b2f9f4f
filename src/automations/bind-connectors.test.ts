import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Desk, startDesk } from '../../test/automations/desk.ts'
import type { Connector, EffectOptions } from '../connectors/connector.ts'
import { found } from '../connectors/outcome.ts'
import { effectMarker } from '../engine/effect-identity.ts'
import { automation } from './automation.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'

interface Lamp {
  state(room: string): Promise<unknown>
  light(room: string, options?: EffectOptions): Promise<unknown>
}

const lamp: Connector = {
  lookups: { state: async (room: string) => found(`${room} is dark`) },
  effects: { light: { once: 'at least once', make: async (room: string) => `${room} is lit` } },
  probe: async () => undefined,
  close: async () => undefined,
}

describe('a connector in a run', () => {
  const results: unknown[] = []
  const evening: AdderEvent = {
    kind: 'evening',
    id: eventIdentity('evening', ['today']),
    at: new Date().toISOString(),
    source: 'test',
    data: {},
  }
  let desk: Desk
  before(async () => {
    const lights = automation({
      name: 'lights',
      on: { kind: 'evening', conditions: [] },
      run: async (context) => {
        const { lamp } = context as unknown as { lamp: Lamp } // no configuration registers this file's connectors
        results.push(await lamp.state('kitchen'))
        results.push(await lamp.light('kitchen'), await lamp.light('hall'), await lamp.light('attic', { name: 'top' }))
      },
    })
    desk = await startDesk({ automations: [lights], connectors: { lamp } })
    await desk.run('lights', evening)
  })
  after(() => desk.close())

  test('gives outcomes of its look-ups and the results of its effects', () => {
    assert.deepEqual(results, [
      { kind: 'found', value: 'kitchen is dark' },
      'kitchen is lit',
      'hall is lit',
      'attic is lit',
    ])
  })

  test('records each call as a step by its own name', () => {
    const steps = desk.observations.flatMap((each) => (each.kind === 'step' ? [each.step] : []))

    assert.deepEqual(steps, ['lamp.state', 'lamp.light', 'lamp.light', 'lamp.light'])
  })

  test('tells effects apart by their order, or by the name that they are given', () => {
    const markers = desk.observations.flatMap((each) => (each.kind === 'step' ? (each.marker ?? []) : []))

    const about = { automation: 'lights', event: evening.id, effect: 'lamp.light' }
    assert.deepEqual(
      markers,
      ['1', '2', 'top'].map((discriminator) => effectMarker({ ...about, discriminator })),
    )
  })
})
