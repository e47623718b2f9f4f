export { connector, type Roomba, type RoombaOptions } from './connector.ts'
export type { RobotState } from './schema.ts'
