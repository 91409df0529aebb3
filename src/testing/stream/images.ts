import { createHash } from 'node:crypto'
import { isObject } from '../../message/object.js'

/** WeCom's limits (page 101031). */
const MOST_IMAGES = 10
const MOST_BYTES = 10 * 1024 * 1024

/** The pictures of a stream's `msg_item`, decoded. */
export function readImages (items: unknown): Buffer[] {
  return imagesOf(items).map(({ base64 }) => Buffer.from(String(base64), 'base64'))
}

/** What is wrong with the pictures, for a user who would not see them. */
export function imageFault (items: unknown): string | undefined {
  if (items === undefined) return undefined
  if (!Array.isArray(items)) return 'msg_item is no list.'
  if (items.length > MOST_IMAGES) return `There are ${items.length} images, ${MOST_IMAGES} are the most.`
  const images = imagesOf(items)
  if (images.length < items.length) return 'msg_item holds something else than images.'
  for (const [index, { base64, md5 }] of images.entries()) {
    const fault = typeof base64 === 'string' ? faultOf(base64, md5) : 'has no base64'
    if (fault !== undefined) return `Image ${index + 1} ${fault}.`
  }
}

function faultOf (base64: string, md5: unknown): string | undefined {
  const data = Buffer.from(base64, 'base64')
  if (data.toString('base64') !== base64) return 'is no base64'
  if (data.length > MOST_BYTES) return 'has more than 10 MB'
  const start = data.toString('latin1', 0, 8)
  if (!start.startsWith('\u00ff\u00d8\u00ff') && start !== '\u0089PNG\r\n\u001a\n') return 'is neither JPG nor PNG'
  if (createHash('md5').update(data).digest('hex') !== md5) return 'has another md5 than its bytes'
}

function imagesOf (items: unknown): Array<Readonly<Record<string, unknown>>> {
  return (Array.isArray(items) ? items as unknown[] : [])
    .map(item => isObject(item) && item.msgtype === 'image' ? item.image : undefined)
    .filter(isObject)
}
