import { text, type Language } from '../i18n.js'
import { listOf, textField, titleOf } from '../names.js'
import type { AttemptRecord, MessageRecord } from '../state.js'
import type { Start } from '../../protocol.js'
import { h } from '../vendor/preact.js'
import { Answer } from './answer.js'

interface Props {
  language: Language
  start: Start
  message: MessageRecord
  attempts: AttemptRecord[]
  done: boolean
}

/** One message and what came back, as the member sees it. */
export function Exchange ({ language, start, message, attempts, done }: Props) {
  const accepted = attempts.findLast(({ attempt }) => attempt.outcome === 'accepted' && attempt.reply?.answer === 'reply')?.attempt.reply
  return (
    <div class='exchange'>
      <Sent language={language} start={start} message={message} />
      {accepted?.message !== undefined
        ? <Answer language={language} message={accepted.message} done={message.outcome !== undefined} />
        : message.outcome === undefined && !done
          ? <div class='bubble theirs typing' aria-label={text(language, 'typing')}><i /><i /><i /></div>
          : <p class={message.outcome === 'accepted' ? 'note' : 'note bad'}>{verdict(language, message, attempts)}</p>}
    </div>
  )
}

function verdict (language: Language, { outcome }: MessageRecord, attempts: AttemptRecord[]): string {
  if (outcome === 'accepted') return text(language, 'noReply')
  if (outcome === 'unverified' || outcome === 'stopped') return text(language, outcome)
  const real = attempts.filter(({ attempt }) => attempt.fault !== 'wrong-signature')
  return real.at(-1)?.attempt.outcome === 'unreadable' ? text(language, 'unread') : text(language, 'gaveUp', { count: real.length })
}

/** What a member wrote is a bubble; what happened is a line. */
function Sent ({ language, start, message: { kind, content } }: Pick<Props, 'language' | 'start' | 'message'>) {
  const said = [textField(content, 'Content'), textField(content, 'text', 'content'), textField(content, 'Text', 'Content'), textField(content, 'text_content')].find(value => value !== undefined)
  if (/(^|\.)text$/.test(kind) && said !== undefined) return <div class='bubble mine'>{said}</div>
  const detail = detailOf(content)
  if (/^(event|info)\.|\.event\.|^unknown$/.test(kind)) {
    return <p class='note'><b>{titleOf(start, kind, language)}</b> <code>{kind}</code>{detail !== undefined && <span>{detail}</span>}</p>
  }
  return <div class='bubble mine kind'><b>{titleOf(start, kind, language)}</b>{detail !== undefined && <span>{detail}</span>}</div>
}

/** The field that tells most of a message that is no text. */
function detailOf (content: Record<string, unknown>): string | undefined {
  const paths = [['EventKey'], ['Label'], ['Title'], ['PicUrl'], ['MediaId'], ['UserID'], ['ChatId'], ['voice', 'content'], ['image', 'url'], ['file', 'url'], ['video', 'url'], ['Image', 'ImageUrl'], ['event', 'eventtype']]
  const found = paths.map(path => textField(content, ...path)).find(value => value !== undefined)
  if (found !== undefined) return found.length > 80 ? `${found.slice(0, 80)}…` : found
  const items = listOf((content.mixed as Record<string, unknown> | undefined)?.msg_item)
  return items.map(item => textField(item, 'text', 'content')).find(value => value !== undefined)
}
