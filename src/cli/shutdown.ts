/**
 * Resolves with the signal when somebody asks this process to end. A second request ends it at once, for people who
 * have waited long enough.
 *
 * @param signals default Ctrl-C and what service managers send. SIGHUP is not among
 * them, so that `nohup` works.
 */
export function shutdownRequested(signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM']): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130)
      asked = true
      resolve(signal)
    }
    for (const signal of signals) process.on(signal, onSignal)
  })
}
