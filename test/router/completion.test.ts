import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const file = fileURLToPath(new URL('completion.example.ts', import.meta.url))
const service = serviceFor(source => `import { createRouter } from '../../src/index.js'\n${source}`)

test('keys and prefixes complete in the editor', () => {
  const names = service.complete("createRouter().on('|', () => {})")
  expect(names).toEqual(expect.arrayContaining(['text', 'event.change_contact.create_user', 'event.change_contact', 'event', 'info.suite_ticket', 'aibot.event', 'groupbot.text']))
  expect(names).not.toContain('unknown')
  expect(service.complete("createRouter().on(['text', '|'], () => {})")).toContain('event.click')
})

test('fields complete in the handler', () => {
  expect(service.complete("createRouter().on('event.kf_msg_or_event', message => { message.| })")).toEqual(expect.arrayContaining(['Token', 'OpenKfId', 'CreateTime']))
})

test('hovering tells the title, the document, and how to fetch what a kind does not carry', () => {
  const hover = service.hover("createRouter().on('event.kf_msg_or_event', mess|age => {})", 'KfMsgOrEvent')
  expect(hover).toMatch(/微信客服消息与事件通知 Customer-service message or event available/)
  expect(hover).toMatch(/94670/)
  expect(hover).toMatch(/sync_msg.*Token.*cursor.*OpenKfId.*has_more = 0/s)
})

test('hovering the message of a prefix names the interfaces below it', () => {
  expect(service.quickInfo("createRouter().on('event.change_external_chat', mess|age => {})").signature)
    .toBe('(parameter) message: ChangeExternalChatCreateEvent | ChangeExternalChatUpdateEvent | ChangeExternalChatDismissEvent | UnlistedEvent<"change_external_chat">')
  expect(service.quickInfo("createRouter().on('aibot.event', mess|age => {})").signature).toMatch(/^\(parameter\) message: AibotEnterChatEvent \| AibotTemplateCardEvent \| /)
})

test.each([
  ['text', 'CreateTime', '消息创建时间 When it was sent, Unix seconds [90239].'],
  ['text', 'Content', 'Text body. 文本消息 Text message [90239, 90375].'],
  ['text', 'MsgType', '文本消息 Text message [90239, 90375].'],
  ['location', 'Scale', 'Map zoom. 位置消息 Location message [90239, 90375].'],
  ['link', 'Title', '链接消息 Link message [90239, 90375].'],
  ['event.inactive_alert', 'EffectTime', /[Uu]nix seconds.*\[\d+/],
  ['event.click', 'CreateTime', '消息创建时间 When it was sent, Unix seconds [90240].'],
  ['info.suite_ticket', 'SuiteTicket', /推送 suite_ticket Suite ticket push \[/],
  ['aibot.text', 'create_time', /Unix seconds \[100719\]/],
  ['groupbot.command', 'ChatId', '会话 The chat [99399].']
])('hovering a field of %s, %s, tells what it is, its unit and the page', (key, field, documentation) => {
  const hover = service.quickInfo(`createRouter().on('${key}', message => message.${field.slice(0, 1)}|${field.slice(1)})`).documentation
  if (typeof documentation === 'string') expect(hover).toBe(documentation)
  else expect(hover).toMatch(documentation)
})

test('hovering a key of the map tells the title', () => {
  expect(service.quickInfo("import type { MessageMap } from '../../src/index.js'\ntype Ticket = MessageMap['info.suite_|ticket']").documentation).toBe('推送 suite_ticket Suite ticket push.')
})

/** TypeScript as an editor runs it; `|` is where the cursor stands. */
function serviceFor (wrap: (source: string) => string) {
  let text = ''
  let version = 0
  const config = ts.getParsedCommandLineOfConfigFile(fileURLToPath(new URL('../tsconfig.json', import.meta.url)), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} })
  const languageService = ts.createLanguageService({
    getCompilationSettings: () => config?.options ?? {},
    getScriptFileNames: () => [file],
    getScriptVersion: name => name === file ? String(version) : '0',
    getScriptSnapshot: name => name === file ? ts.ScriptSnapshot.fromString(text) : ts.sys.fileExists(name) ? ts.ScriptSnapshot.fromString(ts.sys.readFile(name) as string) : undefined,
    getCurrentDirectory: () => fileURLToPath(new URL('../..', import.meta.url)),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: name => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists
  })
  const set = (source: string): number => {
    const marked = wrap(source)
    text = marked.replace('|', '')
    version++
    return marked.indexOf('|')
  }
  return {
    complete (source: string): string[] {
      return languageService.getCompletionsAtPosition(file, set(source), {})?.entries.map(({ name }) => name) ?? []
    },
    /** What stands under the cursor. */
    quickInfo (source: string): { signature: string, documentation: string } {
      const { displayParts, documentation } = languageService.getQuickInfoAtPosition(file, set(source)) ?? {}
      return { signature: ts.displayPartsToString(displayParts), documentation: ts.displayPartsToString(documentation) }
    },
    /** The documentation of the interface that the signature under the cursor names. */
    hover (source: string, name: string): string {
      expect(this.quickInfo(source).signature).toContain(name)
      const at = set(`import type { ${name}| } from '../../src/index.js'`)
      return ts.displayPartsToString(languageService.getQuickInfoAtPosition(file, at - 1)?.documentation)
    }
  }
}
