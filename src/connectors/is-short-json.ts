const longest = 100_000
const deepest = 64

/** Whether an outside answer of any shape may be kept: at most 100,000 characters as JSON, and 64 levels. */
export function isShortJson(value: unknown): boolean {
  return value !== undefined && isShallow(value, deepest) && JSON.stringify(value).length <= longest
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1))
}
