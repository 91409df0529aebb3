import { text, type Language } from '../i18n.js'
import { field, listOf, textField } from '../names.js'
import { partsOfContent } from '../thinking.js'
import { Fragment, h } from '../vendor/preact.js'

/** A bot's stream as it stands: thinking folded away once there is text, pictures at its end. */
export function Stream ({ language, message, done }: {
  language: Language
  message: Record<string, unknown>
  /** WeCom asks no more. */
  done: boolean
}) {
  const content = textField(message, 'stream', 'content') ?? ''
  const finished = field(message, 'stream', 'finish') === true || done
  const parts = partsOfContent(content)
  const isThinking = parts.every(({ thinking }) => thinking)
  const images = listOf(field(message, 'stream', 'msg_item'))
    .map(item => textField(item, 'image', 'base64'))
    .filter(value => value !== undefined)
  return (
    <div class={finished ? 'bubble theirs' : 'bubble theirs writing'}>
      {parts.map((part, index) => part.thinking
        ? (
          <details key={index} open={!finished && isThinking}>
            <summary>{text(language, !finished && isThinking ? 'thinking' : 'thought')}</summary>
            {part.text}
          </details>
          )
        : <Marked key={index} value={part.text} />)}
      {!finished && (content === ''
        ? <span class='dots' role='img' aria-label={text(language, 'typing')}><i /><i /><i /></span>
        : <span class='cursor' role='img' aria-label={text(language, 'streaming')} />)}
      {images.map(base64 => <img key={base64} alt='' src={pictureOf(base64)} />)}
    </div>
  )
}

/** Of a bot's markdown what reads badly raw: **bold** and `code`. */
export function Marked ({ value }: { value: string }) {
  return (
    <>
      {value
        .split(/(\*\*[^*\n]+\*\*|`[^`\n]+`)/)
        .map((part, index) =>
          index % 2 === 0
            ? part
            : part.startsWith('`')
              ? <code key={index}>{part.slice(1, -1)}</code>
              : <b key={index}>{part.slice(2, -2)}</b>
        )}
    </>
  )
}

/** JPG or PNG, which are all that a stream may hold. */
function pictureOf (base64: string): string {
  return `data:image/${base64.startsWith('iVBOR') ? 'png' : 'jpeg'};base64,${base64}`
}
