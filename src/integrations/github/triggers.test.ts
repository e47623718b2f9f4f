import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigError } from '../../errors/config-error.ts'
import { issue, pullRequest } from './triggers.ts'

describe('the triggers of GitHub', () => {
  test('take one action, several, and none', () => {
    const says = [issue({ action: 'opened' }), issue({ action: ['opened', 'closed'] }), issue()].map(({ conditions }) =>
      conditions.map((each) => each.says),
    )

    assert.deepEqual(says, [['action is "opened"'], ['action is "opened" or "closed"'], []])
  })

  for (const action of ['open', ['opened', 'merged'], 7])
    test(`refuse an action that GitHub does not have, which would never start anything: ${JSON.stringify(action)}`, () => {
      const options: object = { action }

      for (const [trigger, at] of [
        [pullRequest, 'github.pullRequest({ action })'],
        [issue, 'github.issue({ action })'],
      ] as const)
        assert.throws(
          () => trigger(options),
          ({ faults }: ConfigError) => faults[0]?.at === at && /one or several of opened, /.test(faults[0].problem),
        )
    })
})
