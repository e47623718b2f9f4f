export { connector, isOver, type JenkinsOptions, type StartedBuild } from './connector.ts'
export type { Build } from './schema.ts'
