import { execFile } from 'node:child_process'
import { access, constants, realpath } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { checkedInput } from '../../connectors/checked-input.ts'
import type { Connector, ConnectorDefinition, Lookup } from '../../connectors/connector.ts'
import { type Duration, durationMs } from '../../connectors/duration.ts'
import type { Effect } from '../../connectors/effect.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { ConnectorInputInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import { playEnvironment } from './play-environment.ts'
import { cancelPlay, readPlay, readStarted, removePlays, variablesFile } from './play-folder.ts'
import { recapPlugin } from './recap-plugin.ts'
import type { Play, Started } from './schema.ts'
import { startKeeper } from './start-keeper.ts'
import { variablesYaml } from './variables-yaml.ts'

export interface AnsibleOptions {
  /** The folder of the playbooks: only what is below it is played. Ansible runs in it, and reads its `ansible.cfg`. */
  playbooks: string
  /** The inventory: a file, or a folder of them. */
  inventory: string
  /**
   * Where each play has its folder, with its output: a folder for nothing else, with a path of at most 60 bytes, made
   * where it is missing. Several Adders share one, or what is started can't be known to all of them.
   */
  folder: string
  /** The program. Default `ansible-playbook`, as the PATH has it. */
  program?: string
  /** Variables for every play that nobody may see: `{ vault_token: secret('VAULT_TOKEN') }`. */
  secretVariables?: Readonly<Record<string, Secret>>
  /** How long the folder of a play is kept when it is over, at least a day: `30d`, the default. */
  keepFor?: Duration
}

const title = 'Ansible'
const dayMs = 86_400_000
/** Of a socket's path 103 bytes are left on every system, of which the names below the folder need 43. */
const longestFolder = 60
const longestVariables = 100_000

const Playbook = z
  .string()
  .max(200)
  .regex(/^(\w[\w.-]*\/)*\w[\w.-]*\.ya?ml$/, 'is no name such as isolate.yml or network/isolate.yml')
/** Plain names: in a pattern, what an alert brings could mean more hosts than one. */
const HostName = z
  .string()
  .max(253)
  .regex(/^\w[\w.-]*$/, 'is no name of a host or a group')
  .refine((name) => name !== 'all' && name !== 'ungrouped', 'means hosts that nobody named; name a group of your own')
const VariableName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z_]\w*$/, 'is no name of a variable')
const GivenName = VariableName.refine(
  (name) => !name.startsWith('ansible_'),
  'steers Ansible itself; set it in the inventory or in secretVariables',
)
const ScalarValue = z.union([z.string(), z.number(), z.boolean(), z.null()])

const StartInput = z.object({
  playbook: Playbook,
  limit: z.array(HostName).min(1, 'is empty, which would mean all hosts').max(200),
  variables: z
    .record(GivenName, z.union([ScalarValue, z.array(ScalarValue)]))
    .refine(
      (variables) => JSON.stringify(variables).length <= longestVariables,
      `is over ${longestVariables} characters`,
    )
    .default({}),
  check: z.boolean().default(false),
})
const StartedInput = z.object({
  play: z.string().regex(/^adder-[0-9a-f]{24}$/, 'is no play that was started'),
  machine: z.string().max(253),
})

/** What was started, and what `play` and `cancel` are about. */
export type StartedPlay = z.infer<typeof StartedInput>

export type Ansible = Connector<
  { play: Lookup<StartedPlay, Play> },
  { start: Effect<z.input<typeof StartInput>, StartedPlay>; cancel: Effect<StartedPlay, void> }
>

/** Whether a play is over, well or not. */
export function isOver({ state }: Play): boolean {
  return state !== 'running'
}

/**
 * Plays Ansible's playbooks on this machine, and tells how far they are. A play goes on when Adder is restarted.
 *
 * `start({ playbook, limit, variables, check })` starts a play on the hosts and groups that `limit` names, never on all;
 * with `check` it only says what it would change. Texts in `variables` are texts: templates in them are not filled in.
 * `play(started)` says how far it is, or how it ended on each host, with the end of its output. `cancel(started)` ends
 * it, within 10 seconds, and whatever it runs on this machine; what runs on the hosts may go on.
 *
 * A play belongs to the machine that it was started on. Asked on another one, `play` and `cancel` fail and name it.
 *
 * Throws a `ConfigError` that names every option that can't be used.
 *
 * https://docs.ansible.com/ansible/latest/cli/ansible-playbook.html (read in November 2026; tried with ansible-core 2.14)
 */
export function connector(options: AnsibleOptions): ConnectorDefinition<Ansible> {
  expectOptions('ansible.connector', options, {
    playbooks: 'string',
    inventory: 'string',
    folder: 'string',
    program: 'string?',
    secretVariables: 'any?',
    keepFor: 'any?',
  })
  const checkedOptions = checkOptions(options)
  return {
    integration: 'ansible',
    title,
    docs: 'https://docs.ansible.com/ansible/latest/cli/ansible-playbook.html',
    secrets: Object.values(checkedOptions.secretVariables),
    connect: () => ansible(checkedOptions),
  }
}

function ansible(options: CheckedOptions): Ansible {
  const { folder, keepForMs } = options
  const folderOf = (play: string) => path.join(folder, play)

  /** What the folder of a play says of it, or undefined where this machine never had it, or has removed it. */
  async function startedHere({ play, machine }: StartedPlay): Promise<Started | undefined> {
    const started = await readStarted(folderOf(play))
    if (started !== undefined || machine === hostname()) return started
    throw new ConnectorUnavailable(`${title}: this play was started on ${machine}, which this machine is not`, {
      mayHaveHappened: false,
    })
  }

  const play: Ansible['lookups']['play'] = async (given, { signal }) => {
    const asked = checkedInput(StartedInput, given, `${title}: play`)
    const started = await startedHere(asked)
    return started === undefined ? notFound() : found(await readPlay(folderOf(asked.play), started, signal))
  }

  return {
    lookups: { play },
    effects: {
      start: {
        once: 'by marker',
        finding: 'cheap',
        async make(given, { marker, signal }) {
          const input = checkedInput(StartInput, given, `${title}: start`)
          const file = await findPlaybook(options.playbooks, input.playbook)
          await startKeeper(jobOf(options, { ...input, file, folder: folderOf(marker) }), signal)
          const started = await readStarted(folderOf(marker))
          if (started === undefined)
            throw new ConnectorUnavailable(`${title}: start: it did not begin; ${folderOf(marker)}/output says why`, {
              mayHaveHappened: false,
            })
          await removePlays(folder, Date.now() - keepForMs, signal)
          return { play: marker, machine: started.machine }
        },
        async find(_, { marker }) {
          const started = await readStarted(folderOf(marker))
          return started === undefined ? notFound() : found({ play: marker, machine: started.machine })
        },
      },
      cancel: {
        once: 'by state',
        finding: 'cheap',
        async make(given, { signal }) {
          const asked = checkedInput(StartedInput, given, `${title}: cancel`)
          const started = await startedHere(asked)
          if (started === undefined)
            throw new ConnectorRefused(`${title}: cancel: there is no play ${asked.play} on this machine`, {
              status: 404,
            })
          await cancelPlay(folderOf(asked.play), started, signal)
        },
        async find(given, call) {
          const answer = await play(given, call)
          return answer.kind === 'found' && isOver(answer.value) ? found(undefined) : notFound()
        },
      },
    },
    async probe({ signal }) {
      await access(options.playbooks, constants.R_OK)
      await access(options.inventory, constants.R_OK)
      await promisify(execFile)(options.program, ['--version'], { signal, env: playEnvironment() })
    },
    async close() {
      // What is played goes on.
    },
  }
}

/** The playbook's real path, which is below the folder also where links lead out of it. */
async function findPlaybook(folder: string, playbook: string): Promise<string> {
  const root = await realpath(folder)
  const file = await realpath(path.join(root, playbook)).catch(() => undefined)
  if (file?.startsWith(root + path.sep)) return file
  throw new ConnectorInputInvalid(`${title}: start: there is no playbook ${playbook} below ${folder}`)
}

interface PlayInput extends z.output<typeof StartInput> {
  /** The playbook's own path. */
  file: string
  /** The folder of the play. */
  folder: string
}

function jobOf(
  { playbooks, inventory, program, secretVariables }: CheckedOptions,
  { folder, file, playbook, limit, variables, check }: PlayInput,
): Parameters<typeof startKeeper>[0] {
  const secrets = Object.entries(secretVariables).map(([name, secret]) => [name, secret.reveal()])
  return {
    folder,
    program,
    arguments: [
      `--inventory=${inventory}`,
      `--limit=${limit.join(',')}`,
      `--extra-vars=@${path.join(folder, variablesFile)}`,
      ...(check ? ['--check'] : []),
      file,
    ],
    environment: {
      ...playEnvironment(),
      ANSIBLE_CALLBACK_PLUGINS: [folder, process.env.ANSIBLE_CALLBACK_PLUGINS].filter(Boolean).join(':'),
      ADDER_RECAP_FILE: path.join(folder, 'recap.json'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
    workingFolder: playbooks,
    files: {
      kept: { 'adder_recap.py': recapPlugin },
      removed: { [variablesFile]: variablesYaml({ ...variables, ...Object.fromEntries(secrets) }) },
    },
    about: { playbook, limit, check },
  }
}

type CheckedOptions = Required<Omit<AnsibleOptions, 'keepFor'>> & { keepForMs: number }

function checkOptions(options: AnsibleOptions): CheckedOptions {
  const { program = 'ansible-playbook', secretVariables = {}, keepFor = '30d' } = options
  const faults: ConfigFault[] = []
  const fault = (option: string, problem: string) => {
    faults.push({ at: `ansible.connector({ ${option} })`, problem })
  }
  for (const option of ['playbooks', 'inventory', 'folder'] as const)
    if (options[option] === '') fault(option, 'is empty; give a path')
  const folder = path.resolve(options.folder)
  if (Buffer.byteLength(folder) > longestFolder)
    fault(
      'folder',
      `has ${Buffer.byteLength(folder)} bytes, and sockets in it can't have longer paths; at most ${longestFolder}`,
    )
  for (const name of Object.keys(secretVariables)) {
    const { error } = VariableName.safeParse(name)
    if (error !== undefined) fault('secretVariables', `${JSON.stringify(name)} ${error.issues[0]?.message}`)
  }
  const keepForMs = durationMs(keepFor)
  if (keepForMs < dayMs) fault('keepFor', 'is under a day; how a play ended is asked after it is over')
  if (faults.length > 0) throw new ConfigError(faults)
  const inventory = path.resolve(options.inventory)
  return { playbooks: path.resolve(options.playbooks), inventory, folder, program, secretVariables, keepForMs }
}
