import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

// WeCom's encryption, written from page 90968 and never from src, so that tests do not prove src against itself. What a
// reader checks of it is the reader's own: servers with mistakes are tested as well.

/** Encrypts bytes as they are: whoever calls it has padded them, or means not to. */
export function encryptRaw (encodingAESKey: string, bytes: Buffer): string {
  const { key, iv } = keyOf(encodingAESKey)
  const aes = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return Buffer.concat([aes.update(bytes), aes.final()]).toString('base64')
}

/** Decrypts base64, padding included; throws where it is no whole blocks. */
export function decryptRaw (encodingAESKey: string, encrypted: string): Buffer {
  const { key, iv } = keyOf(encodingAESKey)
  const aes = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return Buffer.concat([aes.update(encrypted, 'base64'), aes.final()])
}

/** A text as WeCom encrypts it. */
export function encrypt (encodingAESKey: string, message: string | Buffer, receiveId: string): string {
  return encryptRaw(encodingAESKey, pad(frame(message, receiveId)))
}

/** 16 random bytes, the length of the message, the message, the receiveId. */
export function frame (message: string | Buffer, receiveId: string): Buffer {
  const bytes = Buffer.from(message)
  return Buffer.concat([randomBytes(16), uint32(bytes.length), bytes, Buffer.from(receiveId)])
}

/** PKCS#7, by WeCom's rule to blocks of 32. */
export function pad (bytes: Buffer, block = 32): Buffer {
  const count = block - bytes.length % block
  return Buffer.concat([bytes, Buffer.alloc(count, count)])
}

export function uint32 (value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** The signature: SHA-1 of the sorted and joined parts. */
export function sign (...parts: string[]): string {
  return createHash('sha1').update(parts.sort().join('')).digest('hex')
}

function keyOf (encodingAESKey: string): { key: Buffer, iv: Buffer } {
  const key = Buffer.from(`${encodingAESKey}=`, 'base64')
  return { key, iv: key.subarray(0, 16) }
}
