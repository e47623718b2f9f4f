export {
  type AwsLambda,
  type AwsLambdaOptions,
  connector,
  isOver,
  type StartedExecution,
} from './connector.ts'
export type { Execution, ExecutionResult, Invoked } from './schema.ts'
