import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { type Desk, startDesk } from '../../test/automations/desk.ts'
import type { Connector, EffectOptions } from '../connectors/connector.ts'
import { found } from '../connectors/outcome.ts'
import { effectMarker } from '../engine/effect-identity.ts'
import type { Steps } from '../engine/steps.ts'
import { isOwn } from '../observables/is-own.ts'
import { automation } from './automation.ts'
import { bindConnectors } from './bind-connectors.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import { keepOwn } from './keep-own.ts'

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
    const renamed = automation({
      name: 'renamed',
      on: { kind: 'morning', conditions: [] },
      run: async (context) => {
        const { light } = context as unknown as { light: Lamp } // it was called so once
        await light.state('kitchen')
      },
    })
    desk = await startDesk({ automations: [lights, renamed], connectors: { lamp } })
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

  test('is named where a run asks for one that there is not', async () => {
    const end = await desk.run('renamed', { ...evening, kind: 'morning', id: eventIdentity('morning', ['today']) })

    assert.equal(end.kind === 'run failed' && end.reason, 'there is no connector "light"; there are: lamp')
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

describe('a connector that the configuration has not', () => {
  const steps = {} as Steps // none is made
  const bound = bindConnectors(new Map([['lamp', lamp]]), { steps, keepOwn: keepOwn(isOwn()) })

  test('is named where it is asked for, with those that there are', () => {
    assert.throws(
      () => (bound as { light?: Lamp }).light,
      /^RunMisuse: there is no connector "light"; there are: lamp$/,
    )
  })

  test('is not what JavaScript asks any object for', async () => {
    assert.equal('light' in bound, false)
    assert.equal(await bound, bound)
    assert.match(`${bound} ${JSON.stringify(bound)}`, /^\[object Object\] /)
    assert.equal(inspect(bound).includes('lamp'), true)
  })
})
