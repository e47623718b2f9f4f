#!/usr/bin/env node
// Old syntax on purpose: this file has to be readable by the Node that it turns away.
import { existsSync } from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 12)) {
  console.error(
    `adder: needs Node 24.12 or newer, and this is Node ${process.versions.node}; get it from https://nodejs.org`,
  )
  process.exitCode = 1
} else if (!existsSync(new URL('../dist/cli/main.js', import.meta.url))) {
  console.error('adder: is not built yet; run `npm run build` in its folder')
  process.exitCode = 1
} else {
  await import('../dist/cli/main.js')
}
