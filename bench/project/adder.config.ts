export { default } from '../../examples/talk/adder.config.ts'
