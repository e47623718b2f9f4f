import { defineConfig } from 'adderjs'
import cluster from '../../../examples/cluster/adder.config.ts'
import impatient from '../../crash/project/adder.config.ts'

const { engine, history } = { history: undefined, ...cluster }

/** That of the crash test, on engines that several Adders serve. */
export default defineConfig({ ...impatient, engine, ...(history && { history }) })
