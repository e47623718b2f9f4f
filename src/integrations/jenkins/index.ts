export { connector, isOver, type JenkinsOptions } from './connector.ts'
export type { StartedBuild } from './locate-build.ts'
export type { Build } from './schema.ts'
