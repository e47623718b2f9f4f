/**
 * Resolves when somebody asks this process to end (Ctrl-C, SIGTERM). A second request ends it at once, for people who
 * have waited long enough.
 */
export function shutdownRequested(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const onSignal = (): void => {
      if (asked) process.exit(130)
      asked = true
      resolve()
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
