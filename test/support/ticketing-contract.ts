import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Effect, EffectCall } from '../../src/connectors/effect.ts'
import type { Answer } from '../../src/connectors/outcome.ts'
import { ConnectorInputInvalid, ConnectorRefused, ConnectorUnavailable } from '../../src/errors/connector-errors.ts'
import { code, facts, link, paragraph } from '../../src/tickets/document.ts'
import { TicketGone } from '../../src/tickets/ticket-gone.ts'
import type { Comment, Ticket, Ticketing, TicketRef } from '../../src/tickets/ticketing.ts'

/** A running ticketing system, with a person who uses it too. */
export interface TicketingUnderTest {
  port: Ticketing
  /** The same, with credentials that the system refuses. */
  stranger: Ticketing
  /** What `stranger` comes with, which no message may show. */
  wrongSecret: string
  /** Statuses on the way of a ticket, by name; the first is that of a new one. */
  statuses: readonly [first: string, open: string, done: string]
  /** A field that takes any text, by name. */
  field: string
  /** Whether a comment can be changed; where it can't, another one says what is new. */
  editsComments: boolean
  person: {
    create(ticket: { summary: string; description: string; labels: readonly string[] }): Promise<TicketRef>
    /** With all that the system's own copying takes along. */
    copy(ticket: TicketRef): Promise<TicketRef>
    comment(ticket: TicketRef, text: string): Promise<Comment>
    setField(ticket: TicketRef, value: string): Promise<void>
    move(ticket: TicketRef, status: string): Promise<void>
    remove(ticket: TicketRef): Promise<void>
  }
  /** The texts of a ticket's comments without markup, oldest first. */
  comments(ticket: TicketRef): Promise<string[]>
  /** The addresses that a ticket has links to. */
  links(ticket: TicketRef): Promise<string[]>
  /** Whether the answers to writes get lost from now on, although what they ask for is done. */
  loseAnswers(isLosing: boolean): void
  close(): Promise<void>
}

/**
 * What every ticketing has to hold, as tests of the file that calls this.
 *
 * @param markup text that the system would take for markup if it were not escaped.
 */
export function ticketingContract(
  name: string,
  { start, markup, skip = false }: { start(): Promise<TicketingUnderTest>; markup: string; skip?: string | false },
): void {
  describe(`${name} as a ticketing`, { skip }, () => {
    let system: TicketingUnderTest
    let port: Ticketing

    before(async () => {
      system = await start()
      port = system.port
    })
    after(() => system?.close())

    const open = () => port.effects.open.make({ summary: 'Odd login', labels: ['mock-scan'] }, call())

    async function read(ticket: TicketRef): Promise<Ticket> {
      const answer = await port.lookups.read(ticket, call())
      assert.ok(answer.kind === 'found', `${ticket.key} is ${answer.kind}`)
      return answer.value
    }

    async function losingAnswers(write: () => Promise<unknown>): Promise<void> {
      system.loseAnswers(true)
      try {
        await assert.rejects(write(), (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened)
      } finally {
        system.loseAnswers(false)
      }
    }

    describe('opening a ticket', () => {
      test('takes texts as texts, whatever they hold', async () => {
        const description = [
          facts({ User: markup, Report: link('https://files.example/?a=1&b=2', 'the report') }),
          paragraph('first line\nsecond line ', link('javascript:alert(1)', 'no link')),
          code(`${markup}\n  indented`, 'json'),
        ]

        const ticket = await port.effects.open.make({ summary: `Mock\r\nScan: ${markup} ü😀`, description }, call())

        const { summary, description: told, ...known } = await read(ticket)
        assert.equal(summary, `Mock Scan: ${markup} ü😀`)
        assert.ok(told.includes(`User: ${markup}\n`), told)
        assert.ok(told.includes('Report: the report (https://files.example/?a=1&b=2)'), told)
        assert.ok(told.includes('first line\nsecond line no link (javascript:alert(1))'), told)
        assert.ok(told.includes(`${markup}\n  indented`), told)
        assert.deepEqual([known.id, known.key, known.url], [ticket.id, ticket.key, ticket.url])
        assert.deepEqual([known.status, known.isClosed], [system.statuses[0], false])
      })

      test('cuts what is longer than the system holds, and says so', async () => {
        const input = { summary: 'x'.repeat(10_000), description: [paragraph('y'.repeat(1_000_000))] }

        const ticket = await port.effects.open.make(input, call())

        const { summary, description } = await read(ticket)
        assert.match(summary, /^x{100,}…$/)
        assert.match(description, /y{10000,}\nCut here: [\d,]+ more characters/)
      })

      test('has its labels', async () => {
        const { labels } = await read(await open())

        assert.ok(labels.includes('mock-scan'))
      })

      test('is refused without a summary', async () => {
        await assert.rejects(port.effects.open.make({ summary: ' \n' }, call()), ConnectorInputInvalid)
      })

      test('is refused for a field that there is none of, by its name', async () => {
        const how = call()
        const input = { summary: 'x', fields: { 'No such field': 'x' } }

        await assert.rejects(port.effects.open.make(input, how), (error) => {
          return error instanceof ConnectorInputInvalid && error.message.includes('"No such field"')
        })

        assert.deepEqual(await find(port.effects.open, input, how), { kind: 'not_found' })
      })

      test('is found again by its marker after a lost answer, and was made once', async () => {
        const [how, input] = [call(), { summary: 'Odd login' }]
        assert.deepEqual(await find(port.effects.open, input, how), { kind: 'not_found' })

        await losingAnswers(() => port.effects.open.make(input, how))

        const again = await find(port.effects.open, input, how)
        assert.ok(again.kind === 'found')
        assert.equal(again.value.others, undefined)
        assert.equal((await read(again.value)).summary, 'Odd login')
        assert.deepEqual(await find(port.effects.open, input, call()), { kind: 'not_found' })
      })

      test('is found with the younger ones that were made under its marker', async () => {
        const how = call()
        const first = await port.effects.open.make({ summary: 'Odd login' }, how)
        const second = await port.effects.open.make({ summary: 'Odd login' }, how)

        const found = await find(port.effects.open, { summary: 'Odd login' }, how)

        assert.deepEqual(found, { kind: 'found', value: { ...first, others: [second] } })
      })

      test('is told from what a person copied of it', async () => {
        const how = call()
        const ticket = await port.effects.open.make({ summary: 'Odd login' }, how)
        const copy = await system.person.copy(ticket)
        const isMadeBy = (of: TicketRef, { marker }: EffectCall) =>
          port.lookups.isMadeBy({ ticket: of, marker }, call())

        assert.deepEqual(await isMadeBy(ticket, how), { kind: 'found', value: true })
        assert.deepEqual(await isMadeBy(ticket, call()), { kind: 'found', value: false })
        assert.deepEqual(await isMadeBy(copy, how), { kind: 'found', value: false })
        assert.deepEqual(await find(port.effects.open, { summary: 'x' }, how), { kind: 'found', value: ticket })
      })
    })

    describe('commenting', () => {
      test('adds a comment that is found by its marker and known as ours', async () => {
        const [ticket, how] = [await open(), call()]
        const input = { ticket, body: [paragraph(`Name: ${markup}`)] }
        const before = await find(port.effects.comment, input, how)

        const comment = await port.effects.comment.make(input, how)

        assert.deepEqual(await system.comments(ticket), [`Name: ${markup}`])
        assert.deepEqual(before, { kind: 'not_found' })
        assert.deepEqual(await find(port.effects.comment, input, how), { kind: 'found', value: comment })
        assert.deepEqual(await find(port.effects.comment, input, call()), { kind: 'not_found' })
        const own = await port.lookups.isOwnComment({ ticket, commentId: comment.id }, call())
        assert.deepEqual(own, { kind: 'found', value: true })
      })

      test('does not take a person’s comment for ours', async () => {
        const ticket = await open()
        const { id } = await system.person.comment(ticket, 'mine')

        const own = await port.lookups.isOwnComment({ ticket, commentId: id }, call())

        assert.deepEqual(own, { kind: 'found', value: false })
      })

      test('happens once where the answer gets lost', async () => {
        const [ticket, how] = [await open(), call()]
        const input = { ticket, body: [paragraph('Name: Jane')] }

        await losingAnswers(() => port.effects.comment.make(input, how))

        assert.deepEqual(await system.comments(ticket), ['Name: Jane'])
        assert.equal((await find(port.effects.comment, input, how)).kind, 'found')
      })

      test('is found behind many later comments', async () => {
        const [ticket, how] = [await open(), call()]
        const input = { ticket, body: [paragraph('first')] }
        const comment = await port.effects.comment.make(input, how)
        for (let more = 0; more < 8; more++) await system.person.comment(ticket, `later ${more}`)

        assert.deepEqual(await find(port.effects.comment, input, how), { kind: 'found', value: comment })
      })

      test('can be set right, and is found as before', async () => {
        const [ticket, how, later] = [await open(), call(), call()]
        const asking = { ticket, body: [paragraph('asking')] }
        const comment = await port.effects.comment.make(asking, how)
        const input = { ticket, comment, body: [paragraph('answered')] }
        const before = await find(port.effects.editComment, input, later)

        await port.effects.editComment.make(input, later)

        const comments = await system.comments(ticket)
        assert.deepEqual(before, { kind: 'not_found' })
        assert.equal(comments.length, system.editsComments ? 1 : 2)
        assert.match(comments.at(-1) ?? '', /answered$/)
        assert.equal((await find(port.effects.editComment, input, later)).kind, 'found')
        assert.deepEqual(await find(port.effects.comment, asking, how), { kind: 'found', value: comment })
      })
    })

    describe('setting fields', () => {
      test('sets them by name, in any case, and finds them already so', async () => {
        const ticket = await open()
        const input = { ticket, fields: { [system.field.toUpperCase()]: markup } }
        const before = await find(port.effects.setFields, input)

        await port.effects.setFields.make(input, call())

        assert.deepEqual(before, { kind: 'not_found' })
        assert.equal((await find(port.effects.setFields, input)).kind, 'found')
      })

      test('is refused for a field that there is none of, by its name', async () => {
        const input = { ticket: await open(), fields: { 'No such field': 'x' } }

        await assert.rejects(port.effects.setFields.make(input, call()), /no field is called "No such field"/)
      })

      test('lets a person’s later change stand', async () => {
        const ticket = await open()
        const input = { ticket, fields: { [system.field]: 'ours' } }
        const how = { ...call(), intendedAt: secondsFromNow(-3) }

        await system.person.setField(ticket, 'theirs')

        assert.equal((await find(port.effects.setFields, input, how)).kind, 'found')
      })

      test('is not satisfied by another change of our own', async () => {
        const ticket = await open()
        const how = { ...call(), intendedAt: secondsFromNow(-3) }
        await port.effects.setFields.make({ ticket, fields: { [system.field]: 'before' } }, call())

        const found = await find(port.effects.setFields, { ticket, fields: { [system.field]: 'after' } }, how)

        assert.deepEqual(found, { kind: 'not_found' })
      })

      test('is not satisfied by a person’s earlier change', async () => {
        const ticket = await open()
        await system.person.setField(ticket, 'theirs')

        const input = { ticket, fields: { [system.field]: 'ours' } }
        const found = await find(port.effects.setFields, input, { ...call(), intendedAt: secondsFromNow(3) })

        assert.deepEqual(found, { kind: 'not_found' })
      })
    })

    describe('moving a ticket', () => {
      test('goes to a status by its name in any case, with fields, until the ticket is closed', async () => {
        const ticket = await open()
        const [, middle, done] = system.statuses

        await port.effects.transition.make({ ticket, to: middle.toUpperCase() }, call())
        await port.effects.transition.make({ ticket, to: middle }, call())
        const between = await read(ticket)
        await port.effects.transition.make({ ticket, to: done }, call())

        const after = await read(ticket)
        assert.deepEqual([between.status, between.isClosed], [middle, false])
        assert.deepEqual([after.status, after.isClosed], [done, true])
        assert.equal((await find(port.effects.transition, { ticket, to: done })).kind, 'found')
      })

      test('says what is possible where there is no such status', async () => {
        const [ticket, [first, middle]] = [await open(), system.statuses]

        await assert.rejects(port.effects.transition.make({ ticket, to: 'Nowhere' }, call()), (error) => {
          if (!(error instanceof ConnectorRefused)) return false
          return ['"Nowhere"', `"${first}"`, `"${middle}"`].every((each) => error.message.includes(each))
        })
      })

      test('lets a person’s later move stand', async () => {
        const [ticket, [, middle, done]] = [await open(), system.statuses]
        const how = { ...call(), intendedAt: secondsFromNow(-3) }
        const before = await find(port.effects.transition, { ticket, to: done }, how)

        await system.person.move(ticket, middle)

        const found = await find(port.effects.transition, { ticket, to: done }, how)
        assert.deepEqual([before.kind, found.kind], ['not_found', 'found'])
      })
    })

    describe('linking', () => {
      test('twice makes one link', async () => {
        const [ticket, how] = [await open(), call()]
        const input = { ticket, url: 'https://wiki.example/runbook?a=1&b=2', title: `Runbook ${markup}` }

        await port.effects.link.make(input, how)
        await port.effects.link.make(input, how)

        assert.deepEqual(await system.links(ticket), [input.url])
      })

      test('is refused for an address that is not of the web', async () => {
        const ticket = await open()
        const input = { ticket, url: 'javascript:alert(1)', title: 'x' }

        await assert.rejects(async () => port.effects.link.make(input, call()), ConnectorInputInvalid)
      })
    })

    describe('reading', () => {
      test('gives what a person wrote, without markup', async () => {
        const written = { summary: 'By hand', description: 'see\nthis', labels: ['x'] }
        const ticket = await system.person.create(written)

        const { id, summary, description, labels, status, isClosed } = await read(ticket)

        assert.deepEqual({ summary, description, labels }, written)
        assert.deepEqual({ id, status, isClosed }, { id: ticket.id, status: system.statuses[0], isClosed: false })
      })

      test('tells the account that Adder acts as, with any answer the same', async () => {
        const first = await port.lookups.ownAccount(undefined, call())

        assert.ok(first.kind === 'found' && first.value.id !== '')
        assert.deepEqual(await port.lookups.ownAccount(undefined, call()), first)
      })
    })

    describe('a ticket that is gone', () => {
      for (const [how, gone] of [
        ['that somebody deleted', async (ticket: TicketRef) => system.person.remove(ticket)],
        ['that there never was', async (ticket: TicketRef) => Object.assign(ticket, { id: '99999999' })],
      ] as const)
        test(`${how}, is not found, and nothing can be done to it`, async () => {
          const ticket = { ...(await open()) }
          const { effects, lookups } = port
          const comment = await effects.comment.make({ ticket, body: [paragraph('asking')] }, call())
          await gone(ticket)

          const body = [paragraph('x')]
          const [, middle] = system.statuses
          assert.deepEqual(await lookups.read(ticket, call()), { kind: 'not_found' })
          const isMade = await lookups.isMadeBy({ ticket, marker: call().marker }, call())
          assert.deepEqual(isMade, { kind: 'found', value: false })
          await assert.rejects(effects.comment.make({ ticket, body }, call()), TicketGone)
          await assert.rejects(find(effects.comment, { ticket, body }), TicketGone)
          await assert.rejects(effects.editComment.make({ ticket, comment, body }, call()), TicketGone)
          await assert.rejects(effects.setFields.make({ ticket, fields: { [system.field]: 'x' } }, call()), TicketGone)
          await assert.rejects(effects.transition.make({ ticket, to: middle }, call()), TicketGone)
          const to = { url: 'https://acme.example', title: 'x' }
          await assert.rejects(effects.link.make({ ticket, ...to }, call()), TicketGone)
        })
    })

    test('ids that are none are refused', async () => {
      const ticket = { id: '../../myself', key: 'SEC-1', url: '' }
      const { lookups, effects } = port

      await assert.rejects(lookups.read(ticket, call()), ConnectorInputInvalid)
      await assert.rejects(lookups.isMadeBy({ ticket, marker: 'adder-a' }, call()), ConnectorInputInvalid)
      await assert.rejects(effects.comment.make({ ticket, body: [paragraph('x')] }, call()), ConnectorInputInvalid)
      const commentId = { ticket: await open(), commentId: '1/../..' }
      await assert.rejects(lookups.isOwnComment(commentId, call()), ConnectorInputInvalid)
    })

    describe('the credentials', () => {
      test('are found to be right', async () => {
        await port.probe(call())
      })

      test('are refused where they are wrong, and stand in no message', async () => {
        await assert.rejects(system.stranger.probe(call()), (error) => {
          return (
            error instanceof ConnectorRefused &&
            error.status === 401 &&
            error.message !== '' &&
            !error.message.includes(system.wrongSecret)
          )
        })
      })
    })
  })
}

/** A call of an effect that was intended just now, with a marker of its own. */
function call(): EffectCall {
  return {
    signal: AbortSignal.timeout(30_000),
    marker: `adder-${randomBytes(12).toString('hex')}`,
    intendedAt: secondsFromNow(-0.001),
  }
}

function secondsFromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString()
}

function find<Input, Result>(effect: Effect<Input, Result>, input: Input, how = call()): Promise<Answer<Result>> {
  assert.ok(effect.find, 'it can be found again')
  return effect.find(input, how)
}
