/** The outside systems of the demo, by the names that `--break` takes. */
export const systems = ['splunk', 'jira', 'directory', 'virustotal'] as const

export type System = (typeof systems)[number]
