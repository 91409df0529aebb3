import { readXml, XmlFault } from '../xml/read.js'
import { invalidReply } from './invalid.js'

/**
 * XML or JSON text of the caller's own making, as it is. It must be a message of the format that is answered: text that
 * only begins like one (`<3`, `{name}`) was meant for the user, who would never see it.
 *
 * @throws WecomError WECOM_REPLY_INVALID
 */
export function checkOwnText (text: string, format: 'xml' | 'json'): string {
  if (!text.isWellFormed()) {
    throw invalidReply({
      expected: 'text that UTF-8 can encode',
      got: 'half a surrogate pair',
      fix: 'The text was probably cut in the middle of an emoji: cut it between code points, or use toWellFormed().'
    })
  }
  const problem = format === 'xml' ? xmlProblem(text) : jsonProblem(text)
  if (problem === undefined) return text
  throw invalidReply({
    expected: `${format === 'xml' ? 'XML text with the root <xml>' : 'the JSON text of an object'}, as the message ` +
      `is ${format.toUpperCase()}, or a reply value`,
    got: problem,
    fix: "To answer with a text message, return text('…'); a reply value is written in the message's format."
  })
}

function xmlProblem (text: string): string | undefined {
  if (!/^\s*</.test(text)) return other(text)
  try {
    return readXml(text.trim()).name === 'xml' ? undefined : 'another root element'
  } catch (fault) {
    return `text that begins with < and is ${fault instanceof XmlFault ? fault.message : 'no XML'}`
  }
}

function jsonProblem (text: string): string | undefined {
  if (!/^\s*\{/.test(text)) return other(text)
  try {
    JSON.parse(text)
  } catch {
    return 'text that begins with { and is no JSON'
  }
}

/** Nothing of the content, as the error is logged. */
function other (text: string): string {
  const [first] = /[<{]/.exec(text.trimStart().charAt(0)) ?? []
  return first === undefined ? 'other text' : `text that begins with ${first}`
}
