/**
 * What a medium is. Its first bytes tell best; then the server's word, if it says more than "bytes"; then the name.
 */
export function contentTypeOf (first: Uint8Array, header: string | undefined, fileName: string | undefined): string {
  const sniffed = sniff(first)
  if (sniffed !== undefined && !CONTAINERS.has(sniffed)) return sniffed
  const told = /^\s*([\w.+-]+\/[\w.+-]+)\s*(?:;|$)/.exec(header ?? '')?.[1]?.toLowerCase()
  if (told !== undefined && !SAYS_NOTHING.has(told) && !CONTAINERS.has(told)) return told
  const extension = /\.([a-z0-9]+)$/i.exec(fileName ?? '')?.[1]?.toLowerCase()
  return BY_NAME.get(extension ?? '') ?? sniffed ?? 'application/octet-stream'
}

const SAYS_NOTHING = new Set(['application/octet-stream', 'binary/octet-stream', 'application/x-download'])

/** Formats that others are packed in. */
const CONTAINERS = new Set(['application/zip', 'application/x-ole-storage'])

/** What bytes alone do not tell: documents packed as ZIP or OLE, and text. */
const BY_NAME: ReadonlyMap<string, string> = new Map([
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  ['doc', 'application/msword'],
  ['xls', 'application/vnd.ms-excel'],
  ['ppt', 'application/vnd.ms-powerpoint'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['json', 'application/json']
])

/** The type that the first bytes tell. */
export function sniff (bytes: Uint8Array): string | undefined {
  const hex = Buffer.from(bytes.subarray(0, 16)).toString('hex')
  return SIGNATURES.find(([pattern]) => pattern.test(hex))?.[1]
}

/** The first bytes in hex, two digits each. */
const SIGNATURES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^ffd8ff/, 'image/jpeg'],
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^474946383[79]61/, 'image/gif'],
  [/^52494646.{8}57454250/, 'image/webp'],
  [/^424d.{8}00000000/, 'image/bmp'],
  [/^255044462d/, 'application/pdf'],
  // The brand follows "ftyp".
  [/^.{8}667479707174/, 'video/quicktime'],
  [/^.{8}66747970(?:68656963|68656978|6d696631)/, 'image/heic'],
  [/^.{8}66747970/, 'video/mp4'],
  [/^504b(?:0304|0506)/, 'application/zip'],
  [/^d0cf11e0a1b11ae1/, 'application/x-ole-storage']
]
