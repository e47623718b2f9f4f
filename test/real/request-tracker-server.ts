import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createSocket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { root } from '../support/adder-process.ts'
import type { RunningRequestTracker } from '../support/request-tracker-under-test.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const library = '/usr/share/request-tracker5/lib'
const server = '/usr/share/request-tracker5/libexec/rt-server'
const setUp = '/usr/sbin/rt-setup-database-5'

/** Whether RT 5 is installed (Debian: request-tracker5 rt5-db-sqlite rt5-standalone dbconfig-no-thanks msmtp-mta). */
export async function hasRequestTracker(): Promise<boolean> {
  return access(server).then(
    () => true,
    () => false,
  )
}

/** Where RT's scrip sends what happens, and what it signs with. */
export interface Hook {
  url: string
  secret: string
}

/**
 * Request Tracker with a queue `Security`, on SQLite, in a folder of its own, on a loopback port that the system picked.
 * Adder's user, its rights and the custom fields are made as the integration's README says.
 *
 * @param hook has it call Adder, as docs/sources.md says. Default: it calls nobody.
 */
export async function startRequestTracker({ hook }: { hook?: Hook } = {}): Promise<RunningRequestTracker> {
  const folder = await mkdtemp(path.join(tmpdir(), 'adder-rt-'))
  const port = await freePort()
  const env = {
    ...process.env,
    RT_SITE_CONFIG: path.join(folder, 'RT_SiteConfig.pm'),
    RT_SITE_CONFIG_DIR: path.join(folder, 'none'),
  }
  for (const each of ['mason', 'session', 'none']) await mkdir(path.join(folder, each))
  await writeFile(env.RT_SITE_CONFIG, configuration(folder, { port, hook }))
  await writeFile(path.join(folder, 'own.pl'), ownData)
  await writeFile(path.join(folder, 'adder.pl'), await pasted('src/integrations/request-tracker/README.md'))
  await writeFile(path.join(folder, 'adder-hook.pl'), await pasted('docs/sources.md'))

  const database = (...arguments_: string[]) =>
    run(setUp, [...arguments_, '--skip-create', '--dba', '', '--dba-password', ''], { env })
  await database('--action', 'init')
  await database('--action', 'insert', '--datafile', path.join(folder, 'own.pl'))
  await database('--action', 'insert', '--datafile', path.join(folder, 'adder.pl'))
  if (hook !== undefined) await database('--action', 'insert', '--datafile', path.join(folder, 'adder-hook.pl'))
  const tokens = { adder: await makeToken('adder', env), person: await makeToken('robin', env) }

  const arguments_ = ['--server', 'Starlet', '--host', '127.0.0.1', '--port', String(port), '--max-workers', '2']
  const child = spawn(server, arguments_, { cwd: folder, env, stdio: 'ignore' })
  const proxy = await losingProxy(port)
  const close = async (): Promise<void> => {
    proxy.close()
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until('RT answers', () => isUp(proxy.url, tokens.adder))
  } catch (error) {
    await close()
    throw error
  }
  return { url: proxy.url, tokens, loseAnswers: proxy.loseAnswers, close }
}

async function isUp(url: string, token: string): Promise<boolean> {
  const answer = await fetch(`${url}/REST/2.0/rt`, { headers: { authorization: `token ${token}` } }).catch(
    () => undefined,
  )
  await answer?.body?.cancel()
  return answer?.status === 200
}

/** Stands before RT, and cuts the connection instead of answering a write while it is told to. */
async function losingProxy(port: number) {
  let isLosing = false
  const proxy = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const isWrite = request.method === 'POST' || request.method === 'PUT'
      const { authorization = '', 'content-type': type } = request.headers
      const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
        ...(isWrite ? { body: Buffer.concat(chunks) } : {}),
      })
      const body = Buffer.from(await answer.arrayBuffer())
      if (isLosing && isWrite) return void response.destroy()
      const location = answer.headers.get('location')
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'text/plain',
        ...(location === null ? {} : { location }),
      })
      response.end(body)
    } catch {
      response.destroy() // nobody listens there yet
    }
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${portOf(proxy.address())}`,
    loseAnswers(lose: boolean) {
      isLosing = lose
    },
    close() {
      proxy.close()
      proxy.closeAllConnections()
    },
  }
}

async function makeToken(user: string, env: NodeJS.ProcessEnv): Promise<string> {
  const program =
    '$u=RT::User->new(RT->SystemUser);$u->Load(shift);(undef,undef,$t)=RT::AuthToken->new(RT->SystemUser)->Create(Owner=>$u->id,Description=>"test");print $t'
  const { stdout } = await run('perl', [`-I${library}`, '-MRT=-init', '-e', program, user], { env })
  return stdout.trim()
}

/** What a page tells people to save as a data file, so that it is known to do. */
async function pasted(page: string): Promise<string> {
  const blocks = (await readFile(path.join(root, page), 'utf8')).matchAll(/```perl\n(.*?)```/gs)
  const data = [...blocks].map(([, block = '']) => block).find((block) => block.trim().endsWith('1;'))
  if (data === undefined) throw new Error(`${page} has no data file for RT`)
  return data
}

/** A person, who may delete tickets, and what a security team's queue has besides. */
const ownData = `
@Users = ({ Name => 'robin', RealName => 'Robin Vega', Privileged => 1 });
@Queues = ({ Name => 'Security' }, { Name => 'Elsewhere' });
@CustomFields = map { { Name => $_, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', Queue => 'Security' } }
  ('Alert source', 'Alert type');
push @CustomFields, { Name => 'Severity', Type => 'SelectSingle', LookupType => 'RT::Queue-RT::Ticket',
  Queue => 'Security', Values => [{ Name => 'low' }, { Name => 'high' }] };
@ACL = map { my $queue = $_; map { { UserId => 'robin', Queue => $queue, Right => $_ } }
  qw(SeeQueue ShowTicket ShowTicketComments CreateTicket CommentOnTicket ModifyTicket OwnTicket DeleteTicket SeeCustomField ModifyCustomField) }
  ('Security', 'Elsewhere');
1;
`

function configuration(folder: string, { port, hook }: { port: number; hook: Hook | undefined }): string {
  const settings = {
    DatabaseType: 'SQLite',
    DatabaseName: path.join(folder, 'rt.sqlite'),
    WebSessionClass: 'Apache::Session::File',
    rtname: 'test.example',
    Organization: 'test.example',
    WebDomain: '127.0.0.1',
    WebPort: String(port),
    Timezone: 'UTC',
    // Sends nothing.
    MailCommand: 'testfile',
    LogToSTDERR: 'error',
  }
  const called = hook === undefined ? [] : [`Set(%Adder, url => '${hook.url}', secret => '${hook.secret}');`]
  const lines = Object.entries(settings).map(([name, value]) => `Set($${name}, '${value}');`)
  const places = { VarPath: folder, MasonDataDir: `${folder}/mason`, MasonSessionDir: `${folder}/session` }
  const folders = Object.entries(places).map(([name, value]) => `$RT::${name} = '${value}';`)
  // Each request has its token checked with bcrypt, which takes most of the time of the tests.
  const numbers = ['Set($LogToSyslog, undef);', 'Set($BcryptCost, 4);']
  return [...folders, ...lines, ...called, ...numbers, '1;', ''].join('\n')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function freePort(): Promise<number> {
  const probe = createSocket().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const port = portOf(probe.address())
  probe.close()
  return port
}

function portOf(address: ReturnType<ReturnType<typeof createSocket>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('The system gave no port')
  return address.port
}
