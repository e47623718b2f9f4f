import { type ConnectorSettings, effectOf } from '../support/every-effect.ts'
import type { ProgramsModule } from './engine-child.ts'

/** What the module is told in `options.extra`: each effect that there is, by its name. */
export type EffectProgramsOptions = Record<string, { settings: ConnectorSettings; input: unknown }>

/** Automations that make one effect each, on stand-ins of another process. */
export const programs: ProgramsModule = ({ options }) => {
  const effects = options.extra as EffectProgramsOptions // as the test gave it
  return {
    matching: ({ kind }) => [kind],
    program: (name) => async (run) => {
      const { settings, input } = effects[name] ?? {}
      if (settings !== undefined) await run.steps.effect(name, effectOf(name, settings), input)
    },
  }
}
