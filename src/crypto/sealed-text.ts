import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** 32 random bytes, as bytes, 64 hex digits, or base64. */
export type SealingKey = string | Uint8Array

/** Why a sealed text does not open: it is none, its key is not known here, it was changed or is of another name. */
export type SealFault = 'format' | 'key' | 'changed'

/** Texts that lie where others may read: AES-256-GCM, each bound to a name, under the first of several keys. */
export interface TextSealer {
  /** `1.<key id>.<iv, tag and ciphertext>` */
  seal (text: string, name: string): string
  open (sealed: unknown, name: string): { text: string } | { fault: SealFault }
}

/**
 * @param keys the first seals, all open
 * @param invalid the error for a key that is none, told what came in its place
 */
export function createTextSealer (keys: readonly unknown[], invalid: (got: string) => Error): TextSealer {
  const decoded = keys.map(key => decodeKey(key, invalid))
  const byId = new Map(decoded.map(({ id, bytes }) => [id, bytes]))

  return {
    seal (text, name) {
      const { id, bytes } = decoded[0] as DecodedKey
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(Buffer.from(name))
      const encrypted = [cipher.update(text, 'utf8'), cipher.final()]
      return `1.${id}.${Buffer.concat([iv, cipher.getAuthTag(), ...encrypted]).toString('base64url')}`
    },
    open (sealed, name) {
      const [version, id, content] = typeof sealed === 'string' ? sealed.split('.') : []
      if (version !== '1' || id === undefined || content === undefined) return { fault: 'format' }
      const bytes = byId.get(id)
      return bytes === undefined ? { fault: 'key' } : decrypt(bytes, Buffer.from(content, 'base64url'), name)
    }
  }
}

function decrypt (bytes: Buffer, content: Buffer, name: string): { text: string } | { fault: SealFault } {
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, content.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(name)).setAuthTag(content.subarray(12, 28))
    return { text: Buffer.concat([decipher.update(content.subarray(28)), decipher.final()]).toString('utf8') }
  } catch {
    return { fault: 'changed' }
  }
}

interface DecodedKey {
  id: string
  bytes: Buffer
}

function decodeKey (key: unknown, invalid: (got: string) => Error): DecodedKey {
  const bytes =
    typeof key === 'string'
      ? /^[0-9a-f]{64}$/i.test(key)
        ? Buffer.from(key, 'hex')
        : /^[\w+/-]{43}=?$/.test(key)
          ? Buffer.from(key, 'base64')
          : undefined
      : key instanceof Uint8Array
        ? Buffer.from(key)
        : undefined
  if (bytes?.length !== 32) throw invalid(describe(key))
  // Tells keys apart without telling anything of them: 32 random bytes cannot be guessed. The words stay as they are,
  // as what lies sealed names its key by this.
  const id = createHash('sha256').update('fastify-wecom inbox key id').update(bytes).digest('base64url').slice(0, 8)
  return { id, bytes }
}

/** Says what is wrong with a key without showing it. */
function describe (key: unknown): string {
  if (key === undefined || key === null) return 'nothing'
  if (key instanceof Uint8Array) return `${key.length} bytes`
  return typeof key === 'string' ? `${key.length} characters` : `a value of type ${typeof key}`
}
