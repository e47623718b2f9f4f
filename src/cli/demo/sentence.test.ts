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
]
for (const [what, comment, expected] of sentences) {
  test(`a comment on ${what} is one sentence`, () => {
    assert.equal(sentence(comment), expected)
  })
}
