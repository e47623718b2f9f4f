import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentence } from './sentence.ts'

const sentences: [string, string, string][] = [
  [
    'a report of a file',
    'VirusTotal: 9e10\nFile: setup.exe\nPositives: 0/60\nReport: https://www.virustotal.com/gui/file/9e10',
    'VirusTotal: 0 of 60 engines find setup.exe malicious',
  ],
  [
    'a report of a file without a name',
    'VirusTotal: 9e10\nPositives: 48/60',
    'VirusTotal: 48 of 60 engines find it malicious',
  ],
  [
    'a user',
    'Active Directory: mlisa\nName: Mona Lisa\nCompany: Acme\nDepartment: Art\nTitle: Portrait\nAccount: active',
    'Active Directory: mlisa is Mona Lisa, Portrait, Art',
  ],
  [
    'a user whose account is locked',
    'Active Directory: edantes\nName: Edmond Dantès\nAccount: locked out',
    'Active Directory: edantes is Edmond Dantès, account locked out',
  ],
  [
    'what is not known',
    'VirusTotal: 9e10\nVirusTotal was asked and does not know this file.',
    'VirusTotal was asked and does not know this file.',
  ],
  [
    'what Splunk has',
    'Splunk: sign-ins of mlisa in the last 7 days\n_time: src\n2026-11-29: 203.0.113.77\n1 of 1 row',
    'Splunk: sign-ins of mlisa in the last 7 days, 1 of 1 row',
  ],
  [
    'a playbook',
    'Playbook: block-file.yml\nState: succeeded\nHosts: mona-laptop: 1 changed\nPLAY RECAP',
    'Ansible: block-file.yml succeeded, mona-laptop: 1 changed',
  ],
  [
    'a playbook that came to nothing',
    'Playbook: block-file.yml\nState: failed\nERROR! no hosts matched',
    'Ansible: block-file.yml failed',
  ],
  ['a scan', 'Scan: success\nConsole: https://jenkins.acme.example/1/console', 'Jenkins: the scan ended with success'],
  ['a robot', 'Roomba: cleaning\nBattery: 87 %', 'Roomba: cleaning, battery 87 %'],
  ['what has one sentence', 'The pull request is merged.', 'The pull request is merged.'],
]
for (const [what, comment, expected] of sentences) {
  test(`a comment on ${what} is one sentence`, () => {
    assert.equal(sentence(comment), expected)
  })
}
