import { text, type Language } from '../i18n.js'
import { textField } from '../names.js'
import type { AttemptRecord, MessageRecord, PlayRecord } from '../state.js'
import { Fragment, h } from '../vendor/preact.js'

/** What became of the message's file, and what to do where the app does not take this page's servers for WeCom's. */
export function Hints ({ language, play, message, attempts }: {
  language: Language
  play: PlayRecord
  message: MessageRecord
  attempts: AttemptRecord[]
}) {
  const codes = codesOf(play, attempts)
  const { opened, content } = message
  const media = ['image', 'file', 'video'].map(kind => textField(content, kind, 'url')).find(url => url !== undefined)
  const refusesMedia = codes.has('WECOM_MEDIA_HOST_REFUSED') && opened === false
  const refusesRespond = codes.has('WECOM_RESPOND_REFUSED') && message.posted === undefined
  return (
    <>
      {opened !== undefined && !refusesMedia && (
        <p class='note end' data-opened={opened}>{text(language, opened ? 'fileOpened' : 'fileUnopened')}</p>
      )}
      {refusesMedia && <p class='note bad hint'>{text(language, 'fileRefused', { origin: originOf(media) })}</p>}
      {refusesRespond && (
        <p class='note bad hint'>
          {text(language, 'respondRefused', { origin: originOf(textField(content, 'response_url')) })}
        </p>
      )}
    </>
  )
}

/** Of the package's errors that the app logged for a message. */
function codesOf (play: PlayRecord, attempts: AttemptRecord[]): Set<string> {
  const lines = attempts.flatMap(({ seen }) => play.seen.get(seen ?? -1)?.log ?? [])
  return new Set(lines.flatMap(({ code, thrown }) => [code, thrown?.code]).filter(code => code !== undefined))
}

function originOf (url = ''): string {
  return URL.canParse(url) ? new URL(url).origin : url
}
