import { enrichment, facts, link, paragraph } from 'adderjs'

export const directoryUser = enrichment({
  name: 'directory-user',
  title: 'Active Directory',
  of: ['user'],
  ask: (name, { directory }) => directory.user(name),
  tell: (user) =>
    facts({
      Name: user.displayName ?? user.name,
      Company: user.company,
      Department: user.department,
      Location: user.location,
      Title: user.title,
      Manager: user.manager,
      Groups: user.groups.join(', ') || undefined,
      Account: state(user),
    }),
})

export const virusTotalFile = enrichment({
  name: 'virustotal-file',
  title: 'VirusTotal',
  of: ['md5', 'sha1', 'sha256'],
  ask: (hash, { virustotal }) => virustotal.file(hash),
  tell: (report) =>
    report.lastAnalyzed === undefined
      ? paragraph('VirusTotal has this file and has never scanned it. ', link(report.url, 'Report'))
      : facts({
          File: report.name,
          Positives: report.positives,
          'Last scanned': report.lastAnalyzed,
          Report: link(report.url),
        }),
  byHand: (hash) => `https://www.virustotal.com/gui/file/${hash}`,
})

function state(user: {
  disabled?: boolean | undefined
  locked?: boolean | undefined
  passwordExpired?: boolean | undefined
}): string {
  const words = [user.disabled && 'disabled', user.locked && 'locked out', user.passwordExpired && 'password expired']
  return words.filter(Boolean).join(', ') || 'active'
}
