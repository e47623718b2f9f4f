import { pathToFileURL } from 'node:url'

/** Ends the imports that are under way. */
const underWay = new Set<() => void>()

/**
 * What a file exports. Rejects also where an `await` in it never settles: Node then has nothing left to do, and would end
 * without a word of Adder's.
 */
export async function importFile(file: string): Promise<unknown> {
  const stuck = Promise.withResolvers<never>()
  const end = (): void => stuck.reject(new Error('an await in it, or in what it imports, never comes to its end'))
  // One listener for all, of which Node would warn where there are many.
  if (underWay.size === 0) process.on('beforeExit', endAll)
  underWay.add(end)
  try {
    return await Promise.race([import(pathToFileURL(file).href), stuck.promise])
  } finally {
    underWay.delete(end)
    if (underWay.size === 0) process.off('beforeExit', endAll)
  }
}

function endAll(): void {
  for (const end of underWay) end()
  // With something left to do, Node asks again, and what is loaded next may be stuck too.
  setImmediate(() => undefined)
}
