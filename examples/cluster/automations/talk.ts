export * from '../../talk/automations/enrichments.ts'
export * from '../../talk/automations/mock-scan.ts'
