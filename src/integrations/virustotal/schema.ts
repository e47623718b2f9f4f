import * as z from 'zod'

/** What VirusTotal's engines said of a file when it was last analysed. */
export interface FileReport {
  sha256: string
  md5: string
  sha1: string
  /** The file name that says most, where VirusTotal has one. */
  name?: string
  /** `Win32 EXE`, `PDF`. */
  type?: string
  malicious: number
  suspicious: number
  undetected: number
  harmless: number
  /** How many engines gave a verdict: the four above together. Those that failed, timed out or passed don't count. */
  engines: number
  /**
   * The finding in words that can't mislead: `48/60`; `never scanned` where VirusTotal only knows that the file exists;
   * `no verdict` where no engine gave one. The last two are not "0 of 0", and not clean.
   */
  positives: string
  /** When it was last analysed, ISO 8601; undefined where it never was. */
  lastAnalyzed?: string
  tags: string[]
  /** The report's page. */
  url: string
}

const Count = z.number().int().nonnegative().default(0)

/** https://docs.virustotal.com/reference/files */
export const FileAnswer = z.object({
  data: z.object({
    attributes: z.object({
      sha256: z.string().regex(/^[0-9a-f]{64}$/i, 'is no SHA-256'),
      md5: z.string().regex(/^[0-9a-f]{32}$/i, 'is no MD5'),
      sha1: z.string().regex(/^[0-9a-f]{40}$/i, 'is no SHA-1'),
      meaningful_name: z.string().optional(),
      type_description: z.string().optional(),
      last_analysis_date: z.number().int().positive().max(8_640_000_000_000).optional(),
      last_analysis_stats: z
        .object({ malicious: Count, suspicious: Count, undetected: Count, harmless: Count })
        .optional(),
      tags: z.array(z.string()).default([]),
    }),
  }),
})

/** https://docs.virustotal.com/reference/errors */
export const ErrorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string().default('') }) })

export type FileAttributes = z.infer<typeof FileAnswer>['data']['attributes']

export function fileReport(file: FileAttributes): FileReport {
  const { malicious, suspicious, undetected, harmless } = file.last_analysis_stats ?? none
  const engines = malicious + suspicious + undetected + harmless
  const sha256 = file.sha256.toLowerCase()
  return {
    sha256,
    md5: file.md5.toLowerCase(),
    sha1: file.sha1.toLowerCase(),
    ...(file.meaningful_name === undefined ? {} : { name: file.meaningful_name }),
    ...(file.type_description === undefined ? {} : { type: file.type_description }),
    malicious,
    suspicious,
    undetected,
    harmless,
    engines,
    positives: positives({ malicious, engines, isAnalyzed: file.last_analysis_date !== undefined }),
    ...(file.last_analysis_date === undefined
      ? {}
      : { lastAnalyzed: new Date(file.last_analysis_date * 1000).toISOString() }),
    tags: file.tags,
    url: `https://www.virustotal.com/gui/file/${sha256}`,
  }
}

const none = { malicious: 0, suspicious: 0, undetected: 0, harmless: 0 }

function positives({ malicious, engines, isAnalyzed }: { malicious: number; engines: number; isAnalyzed: boolean }) {
  if (engines > 0) return `${malicious}/${engines}`
  return isAnalyzed ? 'no verdict' : 'never scanned'
}
