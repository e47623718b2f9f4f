import { Client } from 'ldapts'
import { Pool } from 'undici'

/** The outside systems as the bare engine's steps call them: the same requests as Adder's, with nothing around them. */
export interface BareSystems {
  openTicket(alert: string): Promise<{ id: string }>
  findUser(): Promise<string>
  findFile(): Promise<string>
  comment(ticket: { id: string }, text: string): Promise<{ id: string }>
}

/** Steps that do nothing: what is left is the engine's own cost. */
export function instantSystems(): BareSystems {
  let tickets = 0
  return {
    openTicket: async () => {
      tickets += 1
      return { id: String(tickets) }
    },
    findUser: async () => 'Mona Lisa',
    findFile: async () => '48/60',
    comment: async () => ({ id: '1' }),
  }
}

/** Steps that ask the stand-ins: one ticket, two searches (the user and the manager), one file, two comments. */
export async function realSystems(env: NodeJS.ProcessEnv): Promise<BareSystems> {
  const jira = new Pool(env.JIRA_URL ?? '', { connections: 64 })
  const virustotal = new Pool(env.VT_URL ?? '', { connections: 64 })
  const authorization = `Basic ${Buffer.from(`${env.JIRA_EMAIL}:${env.JIRA_TOKEN}`).toString('base64')}`
  const jiraHeaders = { authorization, 'content-type': 'application/json' }
  const directory = new Client({ url: env.AD_URL ?? '', tlsOptions: { ca: env.AD_CA ?? '' } })
  await directory.bind(env.AD_BIND_DN ?? '', env.AD_PASSWORD ?? '')

  async function post(path: string, body: unknown): Promise<{ id: string }> {
    const answer = await jira.request({ method: 'POST', path, headers: jiraHeaders, body: JSON.stringify(body) })
    if (answer.statusCode !== 201) throw new Error(`Jira answered ${answer.statusCode}: ${await answer.body.text()}`)
    const { id } = (await answer.body.json()) as { id: string } // as the stand-in answers
    return { id }
  }

  return {
    openTicket: (alert) =>
      post('/rest/api/3/issue', {
        fields: {
          project: { key: 'SEC' },
          issuetype: { name: 'Incident' },
          summary: 'MockScan: mlisa',
          labels: ['mock-scan'],
          description: document(alert),
        },
      }),
    async findUser() {
      const base = env.AD_BASE_DN ?? ''
      const attributes = ['displayName', 'company', 'department', 'l', 'title', 'manager', 'memberOf']
      const found = await directory.search(base, { scope: 'sub', filter: '(sAMAccountName=mlisa)', attributes })
      const manager = String(found.searchEntries[0]?.manager)
      const managers = await directory.search(manager, { scope: 'base', attributes: ['displayName'] })
      return JSON.stringify([found.searchEntries, managers.searchEntries])
    },
    async findFile() {
      const headers = { 'x-apikey': env.VT_API_KEY ?? '' }
      const path = '/api/v3/files/44d88612fea8a8f36de82e1278abb02f'
      return await (await virustotal.request({ method: 'GET', path, headers })).body.text()
    },
    comment: ({ id }, text) => post(`/rest/api/3/issue/${id}/comment`, { body: document(text) }),
  }
}

function document(text: string): object {
  return { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] }
}
