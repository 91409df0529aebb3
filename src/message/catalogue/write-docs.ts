import { families, MARK, timeLimit, type Entry } from './model.ts'

/** docs/messages.md */
export function writeDocs (): string {
  const entries = families.flatMap(family => family.entries)
  const withSample = entries.filter(({ samples }) => samples.length > 0).length
  const unsure = (confidence: string) => entries.filter(entry => entry.confidence === confidence).length
  return `<!-- ${MARK} -->
# Messages, events and notices

${entries.length} kinds, each with its interface; ${withSample} have a sample that the tests run. ${unsure('medium')} are of medium and ${unsure('low')} of low confidence:
not all of their details are confirmed by an official page. They stand in bold below.

A kind's key is what \`router.on(…)\` takes and what \`request.wecom.kind\` says: \`text\` and the like for messages, \`event.<Event>[.<ChangeType>]\`,
\`info.<InfoType>[.<ChangeType>]\`, \`aibot.<msgtype>\`, \`aibot.event.<eventtype>\`, \`groupbot.<MsgType>\`, \`groupbot.event.<EventType>\`. A shorter prefix
(\`event.change_contact\`, \`event\`) catches the kinds below it that have no handler of their own. What is not listed here has the kind \`unknown\`, and goes
without loss to the handler of its family (a new ChangeType to \`event.change_contact\`, else \`event\`; a new eventtype to \`aibot.event\`), or to \`onUnhandled\` where it has none.

What a user typed arrives as it was typed. WeCom puts it into CDATA as it is, so a text may hold \`]]>\`, \`<![CDATA[\` or a whole message: where it ends is told by the structure of the
message. Each text ends where \`]]>\` and the closing tag of its element first come, if every element that is no list then comes once; else one or two of them end later. Ids and names of kinds never
hold markup, and the first counts. Two things cannot be told: who types exactly \`]]]]><![CDATA[>\` gets \`]]>\`, as XML writers split it so; and within one list the items are all of
one sender. Where two texts of one message hold markup by which an id between them could be read in two ways, the message is refused (WECOM_MESSAGE_INVALID).

## The shape of a message

The same from XML and from JSON, with WeCom's own field names, its misspellings included.

- **Identifiers and text are strings**, exactly as sent: MsgId exceeds what a number holds, and leading zeros count. Identifiers are all ids
  (AgentID, MsgId, of departments, tags, groups, meeting rooms and strategies), numbers of approvals, phone numbers, serial numbers and versions.
- **Quantities are numbers**: times (Unix seconds), coordinates, scales, counts, amounts, sort orders, error numbers, and the codes that enumerate a status,
  a type, a scene, a role or a mode. What cannot be held exactly (text that is no finite decimal number, an integer beyond 2^53) stays the text that came, though the type says number.
- **A list is an array**, also of one: WeCom repeats an element where it means a list, often without a container. Absent stays absent.
- **Joined lists** (Department, IsLeaderInDept, DirectLeader, AddUserItems, …) stay the one string that came.
- **An empty element is the empty value of what it stands for**: \`''\` for text and for a quantity, \`{}\` for an object, with \`[]\` for each list right inside it
  (\`<PicList></PicList>\` is \`{ item: [] }\`); in a list it is one such item, so that a list has as many items as elements came. It differs from an absent one. In JSON, \`null\` for a field listed here is an absent one, and \`true\` or \`false\` for a text is that text.
- Blanks around MsgType, Event, InfoType, ChangeType, a bot's msgtype and eventtype and a group robot's EventType go, at whatever depth. Empty ones, and \`null\` in JSON, count as absent
  where the kind is told. Other spellings of a ChangeType lead to the same key; the field keeps what came.
- **Fields that are not listed stay as sent**: text from XML (an array where the element repeats, an object where elements nest), any value from JSON (integers beyond 2^53 as text).
  A field that is listed and is no list is never an array: of elements that repeat in XML the first counts, an array of texts in JSON becomes one text joined by commas, and containers
  that hold lists only, such as PicList, become one.
  Fields named \`__proto__\`, \`constructor\` or \`prototype\` are left out. \`request.wecom.plaintext\` has what WeCom wrote.
- Group robots with \`robot_callback_format=json\` in their URL send names in lower snake case (\`webhook_url\`, \`msgid\` or \`msg_id\`). Handlers see the names of the interfaces, those of WeCom's XML
  (\`WebhookUrl\`, \`MsgId\`), also inside objects and lists; fields that are not listed keep theirs.
- Which product a message is of is told by what it cannot do without: ToUserName and MsgType of an app, aibotid and msgtype of a bot, InfoType of a notice. A field that WeCom adds moves no message to
  another product. A group robot's messages have MsgType but no ToUserName.
- An event's \`event.eventtype\` (bots) and \`Event.EventType\` (group robots) narrow \`message.event\` and \`message.Event\`, not \`message\`: TypeScript narrows by a field of the object itself. The router's keys narrow all.

## Kinds

Answer: what WeCom takes. *empty 200* is an answer without a body, which \`reply.encrypted()\` makes where a handler has nothing to say, as it makes \`success\`. Time limit: when WeCom hangs up;
then it sends the message again, save those marked *once*. Documents: page numbers, as in \`https://developer.work.weixin.qq.com/document/path/90239\`.

${families.map(({ title, entries }) => [
    `### ${title}`,
    '',
    '| key | title | scene | answer | time limit | documents | confidence |',
    '|---|---|---|---|---|---|---|',
    ...entries.map(row),
    ...notes(entries),
    ''
  ].join('\n')).join('\n')}`
}

function row (entry: Entry): string {
  const { key, title, scene, url, expect, sentOnce, docs, confidence } = entry
  const limit = /never/.test(expect) ? '–' : `${timeLimit(entry)}${sentOnce === true ? ', once' : ''}`
  const cells = [`\`${key}\``, `${title.zh} ${title.en}`, url === undefined ? scene : `${scene} (${url.replaceAll('-', ' ')} URL)`, expect, limit, docs.join(', '), confidence === 'high' ? 'high' : `**${confidence}**`]
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Equal notes stand once. */
function notes (entries: Entry[]): string[] {
  const byNote = new Map<string, string[]>()
  for (const { key, note, aliases } of entries) {
    const text = [note, aliases === undefined ? undefined : `Also spelled ${aliases.join(', ')}.`].filter(part => part !== undefined).map(part => /[.!?]$/.test(part) ? part : `${part}.`).join(' ')
    if (text !== '') byNote.set(text, [...byNote.get(text) ?? [], `\`${key}\``])
  }
  return byNote.size === 0 ? [] : ['', ...[...byNote].map(([note, keys]) => `- ${keys.join(', ')}: ${note}`)]
}
