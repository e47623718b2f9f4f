import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ansibleContract } from '../../../test/support/ansible-contract.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { secret } from '../../secrets/secret.ts'
import { type AnsibleOptions, connector } from './connector.ts'
import { ansibleStandIn } from './stand-in.ts'

ansibleContract('Ansible’s stand-in', { program: ansibleStandIn })

const options: AnsibleOptions = {
  playbooks: '/srv/playbooks',
  inventory: '/srv/inventory',
  folder: '/var/lib/adder/plays',
}

for (const [option, fault] of [
  ['playbooks', { playbooks: '' }],
  ['folder', { folder: `/${'f'.repeat(60)}` }],
  ['keepFor', { keepFor: '23h' }],
  ['secretVariables', { secretVariables: { 'a b': secret('VAULT_TOKEN') } }],
] as [string, Partial<AnsibleOptions>][])
  test(`says that ${option} can't be used`, () => {
    assert.throws(
      () => connector({ ...options, ...fault }),
      (error) => error instanceof ConfigError && error.faults.some(({ at }) => at.includes(option)),
    )
  })
