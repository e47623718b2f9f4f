import { createHash, randomUUID } from 'node:crypto'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'

export interface VirusTotalStandInOptions {
  /** The only key that is accepted. Default: a random one for each stand-in. */
  apiKey?: string
  /** Requests in one minute of the clock; the next are refused as over quota. Default: no limit. */
  requestsPerMinute?: number
  /** Files that it knows besides `knownFiles`. */
  files?: readonly StandInFile[]
  /** Default 0: the system picks one. */
  port?: number
}

export interface StandInFile {
  sha256: string
  md5: string
  sha1: string
  name: string
  type: string
  /** What the engines said; undefined where the file was never scanned. */
  verdicts?: { malicious: number; undetected: number }
}

export interface VirusTotalStandIn extends HttpStandIn {
  apiKey: string
}

/** The files that every stand-in knows. */
export const knownFiles = {
  /** The EICAR test file: 48 of 60 engines call it malicious. */
  malicious: {
    sha256: '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f',
    md5: '44d88612fea8a8f36de82e1278abb02f',
    sha1: '3395856ce81f2b7382dee72602f798b642f14140',
    name: 'eicar.com',
    type: 'Powershell',
    verdicts: { malicious: 48, undetected: 12 },
  },
  /** An empty file: none of 60 engines does. */
  harmless: { ...hashes(''), name: 'empty.txt', type: 'Text', verdicts: { malicious: 0, undetected: 60 } },
  /** Known, and never scanned. */
  neverScanned: { ...hashes('a file that nobody scanned'), name: 'unseen.bin', type: 'unknown' },
} as const satisfies Record<string, StandInFile>

const analyzedAt = Date.parse('2026-11-01T12:00:00Z') / 1000

const errorCodes: Record<number, string> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  429: 'QuotaExceededError',
  500: 'TransientError',
}

/**
 * A VirusTotal that gives reports of the files it knows, and of no others; on 127.0.0.1, listening once the promise
 * resolves. It refuses what the real one's documentation does not have: other operations, parameters, a wrong key.
 *
 * https://docs.virustotal.com/reference/file-info, https://docs.virustotal.com/reference/errors (read in November 2026)
 */
export async function startVirusTotal({
  apiKey = randomUUID(),
  requestsPerMinute = Number.POSITIVE_INFINITY,
  files = [],
  port = 0,
}: VirusTotalStandInOptions = {}): Promise<VirusTotalStandIn> {
  const reports = byHash([...Object.values(knownFiles), ...files])
  const isOverQuota = quota(requestsPerMinute)

  const server = await httpStandIn({
    port,
    failure,
    routes: {
      'GET /api/v3/files/:hash': (request) => {
        const refused = refusal(request, apiKey)
        if (refused !== undefined) return refused
        if (isOverQuota()) return failure(429, 'Quota exceeded')
        const { hash = '' } = request.params
        const file = reports.get(hash.toLowerCase())
        return file === undefined ? failure(404, `File "${hash}" not found`) : { json: answer(file) }
      },
    },
  })
  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, { apiKey })
}

function refusal({ headers, query }: StandInRequest, apiKey: string): StandInAnswer | undefined {
  const key = headers['x-apikey']
  if (key === undefined) return error(401, 'AuthenticationRequiredError', 'X-Apikey header is missing')
  if (key !== apiKey) return error(401, 'WrongCredentialsError', 'Wrong API key')
  const [parameter] = query.keys()
  return parameter === undefined ? undefined : failure(400, `Unknown parameter "${parameter}"`)
}

function quota(requestsPerMinute: number): () => boolean {
  let minute = 0
  let asked = 0
  return () => {
    const present = Math.floor(Date.now() / 60_000)
    asked = present === minute ? asked + 1 : 1
    minute = present
    return asked > requestsPerMinute
  }
}

function failure(status: number, message: string): StandInAnswer {
  return error(status, errorCodes[status] ?? 'TransientError', message)
}

function error(status: number, code: string, message: string): StandInAnswer {
  return { status, json: { error: { code, message } } }
}

function byHash(files: readonly StandInFile[]): Map<string, StandInFile> {
  return new Map(files.flatMap((file) => [file.md5, file.sha1, file.sha256].map((hash) => [hash, file] as const)))
}

function answer({ sha256, md5, sha1, name, type, verdicts }: StandInFile) {
  const analysis = verdicts && {
    last_analysis_date: analyzedAt,
    last_analysis_stats: {
      harmless: 0,
      suspicious: 0,
      ...verdicts,
      timeout: 1,
      'confirmed-timeout': 0,
      failure: 2,
      'type-unsupported': 14,
    },
  }
  return {
    data: {
      id: sha256,
      type: 'file',
      links: { self: `https://www.virustotal.com/api/v3/files/${sha256}` },
      attributes: {
        sha256,
        md5,
        sha1,
        meaningful_name: name,
        names: [name],
        type_description: type,
        reputation: 0,
        tags: [],
        total_votes: { harmless: 0, malicious: 0 },
        ...analysis,
      },
    },
  }
}

function hashes(content: string) {
  const digest = (algorithm: string) => createHash(algorithm).update(content).digest('hex')
  return { sha256: digest('sha256'), md5: digest('md5'), sha1: digest('sha1') }
}
