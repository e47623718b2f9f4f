/** Finds the handler of a method and a path; segments of a route that begin with a colon match anything. */
export function router<Handler>(routes: Record<string, Handler>) {
  const compiled = Object.entries(routes).map(([route, handler]) => {
    const [method = '', pattern = ''] = route.split(' ')
    return { method, segments: pattern.split('/'), handler }
  })

  return (method: string, path: string): { handler: Handler; params: Record<string, string> } | undefined => {
    const given = path.split('/')
    for (const { method: wanted, segments, handler } of compiled) {
      const params = wanted === method ? matchSegments(segments, given) : undefined
      if (params !== undefined) return { handler, params }
    }
    return undefined
  }
}

function matchSegments(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? ''
    if (segment.startsWith(':')) params[segment.slice(1)] = decode(value)
    else if (segment !== value) return undefined
  }
  return params
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
