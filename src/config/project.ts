import type { Automation } from '../automations/automation.ts'
import type { Suppression } from '../automations/suppression.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import type { Config } from './define-config.ts'

/** Everything that a user wrote: the configuration, and what the folders beside it export. */
export interface Project {
  config: Config
  automations: readonly Automation[]
  endpoints: readonly Endpoint[]
  suppressions?: readonly Suppression[]
  /** What is not wrong, and hardly meant, in sentences. */
  warnings?: readonly string[]
}
