import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { WorkerUnderTest } from '../support/celery-contract.ts'
import { type BrokerUnderTest, brokerUser } from '../support/rabbitmq-contract.ts'
import { until } from '../support/until.ts'

/** Debian's own, which sees Debian's packages. */
const python = '/usr/bin/python3'

/** Reads its password from a file, so that it stands in no argument and in no environment. */
const tasks = `
import os, time
from celery import Celery, signals

folder = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(folder, 'broker')) as file:
    broker = file.read()
app = Celery('tasks', broker=broker, backend='rpc://')
app.conf.update(task_serializer='json', result_serializer='json', accept_content=['json'],
                task_track_started=True, worker_hijack_root_logger=False)


@signals.task_received.connect
def received(request=None, **_):
    with open(os.path.join(folder, 'received'), 'a') as file:
        file.write(request.id + '\\n')


@app.task(name='adder.add')
def add(a, b, scale=1):
    return {'sum': (a + b) * scale}


@app.task(name='adder.echo')
def echo(*args, **kwargs):
    return {'args': args, 'kwargs': kwargs}


@app.task(name='adder.fail')
def fail(message):
    raise ValueError(message)


@app.task(name='adder.hold', bind=True)
def hold(self, gate):
    self.update_state(state='WAITING', meta={'at': gate})
    while not os.path.exists(os.path.join(folder, gate)):
        time.sleep(0.02)
`

/** Whether Celery is installed for Debian's Python (Debian: `apt-get install python3-celery`). */
export async function hasCelery(): Promise<boolean> {
  return promisify(execFile)(python, ['-c', 'import celery']).then(
    () => true,
    () => false,
  )
}

/** A real worker of the contract's tasks, in a process and a folder of its own. */
export async function startCeleryWorker({ port, password }: BrokerUnderTest): Promise<WorkerUnderTest> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-celery-'))
  const file = (name: string) => path.join(folder, name)
  writeFileSync(file('broker'), `amqp://${brokerUser}:${password}@127.0.0.1:${port}//`, { mode: 0o600 })
  writeFileSync(file('tasks.py'), tasks)
  writeFileSync(file('received'), '')
  const worker = spawn(
    python,
    [
      ...['-m', 'celery', '--app', 'tasks', 'worker', '--pool=solo', '--loglevel=INFO', '--hostname=adder@localhost'],
      ...['--without-gossip', '--without-mingle', '--without-heartbeat'],
    ],
    {
      cwd: folder,
      env: {
        PATH: '/usr/bin:/bin',
        HOME: folder,
        LANG: 'C.UTF-8',
        PYTHONPATH: folder,
        PYTHONDONTWRITEBYTECODE: '1',
        C_FORCE_ROOT: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said = ''
  for (const stream of [worker.stdout, worker.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const close = async () => {
    if (worker.exitCode === null && worker.signalCode === null) {
      const ended = once(worker, 'exit')
      worker.kill('SIGTERM')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until('the worker is ready', () => / ready\./.test(said), { shown: () => said })
  } catch (error) {
    await close()
    throw error
  }
  return {
    open: (gate) => writeFileSync(file(gate), ''),
    executed: () => readFileSync(file('received'), 'utf8').split('\n').filter(Boolean),
    close,
  }
}
