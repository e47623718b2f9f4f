export { type Ansible, type AnsibleOptions, connector, isOver, type StartedPlay } from './connector.ts'
export type { Play, PlayedHost } from './schema.ts'
