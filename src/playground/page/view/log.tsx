import { text, type Language } from '../i18n.js'
import type { LogLine, Start } from '../../protocol.js'
import { Fragment, h } from '../vendor/preact.js'

/** What the app logged for a request; an error of this package comes with its cause and cure. */
export function Log ({ language, start, lines }: { language: Language, start: Start, lines: LogLine[] }) {
  return (
    <section class='log' aria-label={text(language, 'log')}>
      <h4>{text(language, 'log')}</h4>
      {lines.map((line, index) => <Line key={index} language={language} start={start} line={line} />)}
    </section>
  )
}

function Line ({ language, start, line }: { language: Language, start: Start, line: LogLine }) {
  const { level, code, error, details, thrown } = line
  const explained = (code: string) => start.errors[language][code]
  // What the handler threw is what needs fixing; that it failed is known.
  const inner = explained(thrown?.code ?? '')
  const outer = inner === undefined ? explained(code ?? '') : undefined
  return (
    <div class={`line ${level}`}>
      {thrown !== undefined && (
        <p class='thrown'>
          {thrown.code !== undefined && <code class='chip'>{thrown.code}</code>} {thrown.text}
        </p>
      )}
      {inner !== undefined && <Explained language={language} known={inner} />}
      <p>
        <span class='level'>{level}</span> {code !== undefined && <code class='chip'>{code}</code>} {line.text}{' '}
        {details !== undefined && <code class='faint'>{details}</code>}
      </p>
      {outer !== undefined && <Explained language={language} known={outer} />}
      {error !== undefined && (
        <details open>
          <summary>{text(language, 'thrown')}</summary>
          <pre tabIndex={0}>{error}</pre>
        </details>
      )}
    </div>
  )
}

function Explained ({ language, known }: { language: Language, known: { cause: string, cure: string } }) {
  return (
    <dl>
      <dt>{text(language, 'cause')}</dt><dd><Marked value={known.cause} /></dd>
      <dt>{text(language, 'cure')}</dt><dd><Marked value={known.cure} /></dd>
    </dl>
  )
}

/** Text of docs/errors.md: `code` between backticks. */
function Marked ({ value }: { value: string }) {
  return <>{value.split('`').map((part, index) => index % 2 === 1 ? <code key={index}>{part}</code> : part)}</>
}
