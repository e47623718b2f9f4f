import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { tempProject } from '../../test/support/temp-project.ts'
import { importRemedy } from './import-remedy.ts'

describe('an import that fails is told how it is mended', () => {
  const imports: [string, string, RegExp | undefined][] = [
    ['without its ending', "import { x } from './lib'", /^write the ending: \.\/lib\.ts$/],
    ['with the ending of what is compiled', "import { x } from './lib.js'", /^write the ending: \.\/lib\.ts$/],
    ['of a folder', "import { x } from './folder'", /^write the ending: \.\/folder\/index\.ts$/],
    ['of a type', "import { T } from './lib.ts'", /^for a type, write `import type`$/],
    [
      'of an integration that there is not',
      "import * as v from 'adderjs/virustotl'",
      /^there are adderjs\/abuseipdb, .*adderjs\/virustotal, .*docs\/integrations\.md .*docs\/http-connectors\.md/,
    ],
    ['of a file that there is not', "import { x } from './nowhere.ts'", undefined],
  ]
  for (const [what, text, said] of imports)
    test(what, async (t) => {
      const { folder } = tempProject((cleanUp) => t.after(cleanUp), {})
      mkdirSync(path.join(folder, 'folder'))
      writeFileSync(path.join(folder, 'lib.ts'), 'export const x = 1\nexport interface T { x: 1 }')
      writeFileSync(path.join(folder, 'folder/index.ts'), 'export const x = 1')
      writeFileSync(path.join(folder, 'importer.ts'), `${text}\nexport default 1`)

      const importing: Promise<unknown> = import(pathToFileURL(path.join(folder, 'importer.ts')).href)
      const error = await importing.catch((reason: unknown) => reason)

      const remedy = importRemedy(error)
      if (said === undefined) assert.equal(remedy, undefined)
      else assert.match(remedy ?? '', said)
    })
})
