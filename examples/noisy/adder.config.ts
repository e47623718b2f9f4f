export { default } from '../talk/adder.config.ts'
