export * from '../../../../examples/talk/automations/mock-scan.ts'
