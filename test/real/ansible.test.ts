import { access } from 'node:fs/promises'
import { ansibleContract } from '../support/ansible-contract.ts'

const program = '/usr/bin/ansible-playbook'
const isInstalled = await access(program).then(
  () => true,
  () => false,
)

ansibleContract('ansible-core', {
  program: async () => program,
  // In CI it has to be there: a test that skips itself for ever proves nothing.
  skip: isInstalled || process.env.CI ? false : 'ANSIBLE-CORE IS NOT INSTALLED: nothing was played by the real one',
})
