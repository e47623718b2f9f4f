import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Whether there is an `ansible-playbook` on this machine that says its version within 20 seconds. */
export async function findAnsible(): Promise<boolean> {
  try {
    await promisify(execFile)('ansible-playbook', ['--version'], { timeout: 20_000 })
    return true
  } catch {
    return false
  }
}
