export * from '../../../../examples/talk/automations/enrich-hand-written.ts'
export * from '../../../../examples/talk/automations/hygiene.ts'
export * from '../../../../examples/talk/automations/mock-scan.ts'
