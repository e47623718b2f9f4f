import type { Condition, Trigger } from '../../automations/trigger.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { SplunkAlert } from './splunk-alert.ts'

export interface AlertOptions {
  /** The saved search's name, exactly as Splunk shows it. Left out: any search. */
  searchName?: string
}

/** Starts an automation for each row of a Splunk alert. */
export function alert(options: AlertOptions = {}): Trigger<SplunkAlert> {
  expectOptions('splunk.alert', options, { searchName: 'string?' })
  const { searchName } = options
  return { kind: 'splunk.alert', conditions: searchName === undefined ? [] : [isNamed(searchName)] }
}

function isNamed(searchName: string): Condition<SplunkAlert> {
  return {
    says: `searchName is ${JSON.stringify(searchName)}`,
    holds: (data) => data.searchName === searchName,
  }
}
