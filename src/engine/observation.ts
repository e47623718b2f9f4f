/** Something that happened in a run, once, as it happened; replays are not reported. */
export type Observation = { automation?: string; event?: string; run?: string } & (
  | { kind: 'run finished'; ms: number }
  | { kind: 'run failed'; code: string; reason: string; stack?: string | undefined }
  | { kind: 'run superseded'; generation: number }
  | {
      kind: 'step'
      step: string
      result: 'done' | 'again' | 'refused' | 'unsure'
      code?: string
      reason?: string
      ms: number
      /** Set for effects: whether this attempt made it, or found what an earlier one had made. */
      effect?: 'made' | 'found again'
      /** Set for effects. */
      marker?: string
    }
  | { kind: 'waiting'; step: string; code: string; reason: string; wait: string }
)

export type Observe = (observation: Observation) => void
