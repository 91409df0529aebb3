import { overLimit } from '../reply-message.js'
import { hasGrown, isVisible, type ReadContent } from './content.js'
import { imageFault } from './images.js'

/** A frame as it is judged. */
export interface JudgedFrame {
  /** The poll that it answers; 0: the message itself. */
  poll: number
  content: string
  read: ReadContent
  finish: boolean
  /** What was shown before; `undefined` for the first. */
  before: string | undefined
  images: unknown
  feedback: unknown
}

/** What can be wrong with a stream, by name. */
export type StreamProblemName =
  | 'shrinks'
  | 'rewrites'
  | 'id changed'
  | 'invisible finish'
  | 'broken character'
  | 'over the limit'
  | 'images early'
  | 'bad image'
  | 'feedback in a refresh'
  | 'unbalanced think'
  | 'changed after its end'
  | 'never finished'
  | 'refused'
  | 'no stream'
  | 'no answer'
  | 'malformed'

/** What is checked of each frame: a whole sentence where it fails. */
export const FRAME_CHECKS: ReadonlyArray<readonly [
  name: StreamProblemName,
  find: (frame: JudgedFrame) => string | undefined
]> = [
  ['shrinks', frame => takesBack(frame) && bytes(frame.content) < bytes(frame.before)
    ? `${who(frame)} shows ${bytes(frame.content)} bytes, less than the ${bytes(frame.before)} shown before: a ` +
      'client may keep what was deleted, so content must only grow.'
    : undefined],
  ['rewrites', frame => takesBack(frame) && bytes(frame.content) >= bytes(frame.before)
    ? `${who(frame)} does not begin with what was shown before: a user sees text change that he is reading. Content ` +
      'must only grow, and never shrink or change.'
    : undefined],
  ['invisible finish', ({ finish, read }) => finish && !isVisible(read.text)
    ? 'The finished content has nothing to be seen outside <think>: the bubble goes on loading.'
    : undefined],
  ['broken character', frame => !frame.content.isWellFormed() || frame.content.includes('\ufffd')
    ? `${who(frame)} holds half a character (U+FFFD, or half a surrogate pair): it was cut within one.`
    : undefined],
  ['over the limit', ({ content }) => overLimit(content)],
  ['images early', frame => !frame.finish && frame.images !== undefined
    ? `${who(frame)} has msg_item but is not the last one: images are shown with finish only.`
    : undefined],
  ['bad image', ({ images, finish }) => finish ? imageFault(images) : undefined],
  ['feedback in a refresh', frame => frame.poll > 0 && frame.feedback !== undefined
    ? `${who(frame)} has feedback: it counts in the answer to the message alone.`
    : undefined],
  ['unbalanced think', frame => frame.read.stray || (frame.finish && frame.read.open)
    ? `${who(frame)} has ${frame.read.stray ? 'a tag of <think> that makes no pair' : 'a <think> that is not closed'}` +
      ': a client takes text for thinking, or shows the tag.'
    : undefined]
]

/** `The answer to poll 3`. */
export function who ({ poll }: Pick<JudgedFrame, 'poll'>): string {
  return poll === 0 ? 'The answer to the message' : `The answer to poll ${poll}`
}

function takesBack ({ before, content }: JudgedFrame): boolean {
  return before !== undefined && !hasGrown(before, content)
}

function bytes (content = ''): number {
  return Buffer.byteLength(content)
}
