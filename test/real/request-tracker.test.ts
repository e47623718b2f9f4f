import { requestTrackerContract } from '../support/request-tracker-contract.ts'
import { hasRequestTracker, startRequestTracker } from './request-tracker-server.ts'

const isInstalled = await hasRequestTracker()
// In CI it has to be there: a test that skips itself for ever proves nothing.
const skip =
  isInstalled || process.env.CI
    ? false
    : 'REQUEST TRACKER IS NOT INSTALLED: its ticketing was tested against the stand-in only'

requestTrackerContract('Request Tracker', { start: startRequestTracker, skip })
