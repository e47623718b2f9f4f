import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
/** Of a file that was not asked about before. */
const otherMd5 = 'd41d8cd98f00b204e9800998ecf8427e'

test('no secret gets into the log, the files or the answers, whatever goes wrong', async () => {
  const captured = mkdtempSync(path.join(tmpdir(), 'adder-captured-'))
  after(() => rmSync(captured, { recursive: true }))
  const talk = await startTalk(after, { args: ['--log-level', 'debug', '--capture', captured] })

  await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
  await talk.settled('mlisa', 2)
  await haveItGoWrong(talk)
  const answers = await answersToNonsense(talk)
  await talk.adder.stop()

  const places = {
    'the log': talk.adder.output(),
    'the answers': answers,
    'the data folder': contentOf(talk.dataFolder, path.join(talk.dataFolder, 'engine')),
    'the captured deliveries': contentOf(captured),
  }
  for (const [name, value] of Object.entries(spellings(talk)))
    for (const [place, text] of Object.entries(places))
      assert.equal(text.includes(value), false, `${name} is in ${place}`)
  assert.match(places['the data folder'], /"check": "shape"/)
  assert.match(places['the captured deliveries'], /MockScan Alert/)
  assert.match(places['the log'], /"msg":"step"/)
})

/** Everything that is asked or sent fails for a while. */
async function haveItGoWrong(talk: Talk): Promise<void> {
  const begun = talk.adder.log.length
  talk.virustotal.misbehave({ broken: 1 })
  talk.directory.misbehave({ broken: 1 })
  await talk.postAlert(talk.alert({ user: 'unlucky', md5: otherMd5 }))
  const failed = (step: string): boolean =>
    talk.adder.log.slice(begun).some((line) => line.step === step && line.result === 'again')
  await until('both were asked in vain', () => failed('virustotal.file') && failed('directory.user'))
  talk.jira.misbehave({ down: true })
  await talk.postAlert(talk.alert({ user: 'unlucky-too', md5 }))
  await until('Jira was asked in vain', () => failed('jira.open'))
  talk.heal()
  await talk.settled('unlucky', 2)
  await talk.settled('unlucky-too', 2)
}

/** What Adder answers to requests that it refuses, some of which say a secret. */
async function answersToNonsense({ adder, secrets, postAlert, postApi }: Talk): Promise<string> {
  const said = Object.values(secrets).join(' ')
  const answers = await Promise.all([
    postAlert({ sid: 7, said }),
    postAlert({ sid: 'x', search_name: said, result: { user: [said, 1] } }),
    fetch(`${adder.url}/hooks/splunk/${secrets.SPLUNK_HOOK_TOKEN}/more`),
    fetch(`${adder.url}/hooks/splunk?token=${secrets.SPLUNK_HOOK_TOKEN}`),
    fetch(`${adder.url}/hooks/jira`, { method: 'POST', headers: { 'x-hub-signature': said }, body: said }),
    fetch(`${adder.url}/users/${encodeURIComponent(said)}`, {
      headers: { authorization: `Bearer ${secrets.ADDER_TOKEN}` },
    }),
    postApi('/automations/report-file/runs', { user: said, md5: said }),
    postApi(`/${secrets.VT_API_KEY}`, {}),
  ])
  assert.ok(answers.every(({ status }) => status >= 400 && status < 500))
  const texts = await Promise.all(answers.map((answer) => answer.text()))
  return texts.join('\n')
}

/** The secrets, and the forms in which they are sent. */
function spellings({ secrets, env }: Talk): Record<string, string> {
  const basic = Buffer.from(`${env.JIRA_EMAIL}:${secrets.JIRA_TOKEN}`).toString('base64')
  return { ...secrets, 'the Authorization header for Jira': basic }
}

/** All files below a folder, as one text. */
function contentOf(folder: string, except?: string): string {
  return readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((file) => file !== except && (statSync(file).isFile() || statSync(file).isDirectory()))
    .map((file) => (statSync(file).isDirectory() ? contentOf(file, except) : readFileSync(file, 'latin1')))
    .join('\n')
}
