import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Variables, variablesYaml } from './variables-yaml.ts'

for (const [what, variables, yaml] of [
  ['no variables', {}, '{}\n'],
  ['a text', { who: 'mlisa' }, '"who": !unsafe "mlisa"\n'],
  ['a template', { who: '{{ 6 * 7 }}' }, '"who": !unsafe "{{ 6 * 7 }}"\n'],
  ['quotes and lines', { who: '"a"\n: #' }, '"who": !unsafe "\\"a\\"\\n: #"\n'],
  ['what is not ASCII', { who: 'ü😀\u2028' }, '"who": !unsafe "\\U000000fc\\U0001f600\\U00002028"\n'],
  ['half a character', { who: '\ud83d' }, '"who": !unsafe "\\U0000fffd"\n'],
  ['others', { a: 1.5, b: true, c: null }, '"a": 1.5\n"b": true\n"c": null\n'],
  ['large and small numbers', { a: 1e21, b: 5e-7, c: -2e30 }, '"a": 1.0e+21\n"b": 5.0e-7\n"c": -2.0e+30\n'],
  ['a list', { ips: ['10.0.0.1', 2] }, '"ips": [!unsafe "10.0.0.1", 2]\n'],
] as [string, Variables, string][])
  test(`writes ${what}`, () => {
    assert.equal(variablesYaml(variables), yaml)
  })
