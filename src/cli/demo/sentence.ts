/**
 * A comment of the demo's automations in one sentence, as an analyst would say it. What it says in whole sentences
 * already (that something is not known, or could not be asked) stays as it is.
 */
export function sentence(comment: string): string {
  const [title = '', ...lines] = comment.split('\n')
  const facts = new Map(
    [title, ...lines].map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  )
  const [positives, engines] = facts.get('Positives')?.split('/') ?? []
  if (engines !== undefined)
    return `VirusTotal: ${positives} of ${engines} engines find ${facts.get('File') ?? 'it'} malicious`
  const user = ['Name', 'Title', 'Department', 'Location'].flatMap((name) => facts.get(name) ?? [])
  const account = facts.get('Account') === 'active' ? [] : [`account ${facts.get('Account')}`]
  if (user.length > 0) return `Active Directory: ${title.split(': ')[1]} is ${[...user, ...account].join(', ')}`
  const hosts = facts.has('Hosts') ? [facts.get('Hosts')] : []
  if (facts.has('Playbook')) return [`Ansible: ${facts.get('Playbook')} ${facts.get('State')}`, ...hosts].join(', ')
  if (facts.has('Scan')) return `Jenkins: the scan ended with ${facts.get('Scan')}`
  const battery = facts.has('Battery') ? [`battery ${facts.get('Battery')}`] : []
  if (facts.has('Roomba')) return [`Roomba: ${facts.get('Roomba')}`, ...battery].join(', ')
  if (title.startsWith('Splunk: ')) return [title, ...lines.slice(-1)].join(', ')
  return lines.length === 0 ? title : lines.join(' ')
}
