import { writeFile } from 'node:fs/promises'
import path from 'node:path'

const program = path.join(import.meta.dirname, `stand-in-program${path.extname(import.meta.filename)}`)

/**
 * Writes an `ansible-playbook` into a folder that needs neither Ansible nor Python, for the `program` of a connector.
 * What it takes and what it refuses is said in stand-in-program.ts.
 */
export async function ansibleStandIn(folder: string): Promise<string> {
  const file = path.join(folder, 'ansible-playbook')
  // Neither path has a quote in it, as far as tests and temporary folders go.
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
  return file
}
