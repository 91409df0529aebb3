import { expect, test } from 'vitest'
import { fieldTree, resolve } from '../../src/message/catalogue/model.ts'
import type { EntrySource } from '../../src/message/catalogue/source.ts'

const entry = (more: Partial<EntrySource>): EntrySource => ({
  key: 'event.made_up.one',
  base: 'AgentEventBase',
  title: { zh: '虚构', en: 'Made up' },
  scene: 'app',
  confidence: 'low',
  docs: [],
  fields: [],
  samples: [],
  ...more
})

test('an entry has the fields of its base, of the bases that one adds to, and its discriminants', () => {
  expect(resolve(entry({ fields: [{ path: 'New', type: 'number' }] })).fields.map(({ path }) => path))
    .toEqual(['ToUserName', 'FromUserName', 'CreateTime', 'AgentID', 'MsgType', 'Event', 'ChangeType', 'New'])
})

test('a field of the base that the entry declares again is the entry\'s, with all below it', () => {
  const { fields } = resolve(entry({ base: 'AibotBase', key: 'aibot.new', fields: [{ path: 'from', type: 'object' }, { path: 'from.name', type: 'text' }] }))
  expect(fields.filter(({ path }) => path.startsWith('from')).map(({ path }) => path)).toEqual(['from', 'from.name'])
})

test('an entry without a set of replies takes none, one with a set its kinds', () => {
  expect(resolve(entry({})).replyKinds).toEqual([])
  expect(resolve(entry({ replies: 'app-card' })).replyKinds).toEqual(['update_button', 'update_template_card'])
})

test('a name that is not there is an error that says which there are', () => {
  expect(() => resolve(entry({ base: 'NoBase' })))
    .toThrow(/^event\.made_up\.one: expected its base to be one of OrdinaryBase, .*, got "NoBase"\. Correct it, or add it to bases\.json\.$/)
  expect(() => resolve(entry({ replies: 'none' })))
    .toThrow(/^event\.made_up\.one: expected its replies to be one of app, .*, got "none"\. Correct it, or add it to replies\.json\.$/)
})

test.each([['info.made_up', 'EventBase', 'event'], ['event.made_up', 'OrdinaryBase', 'message'], ['text', 'SuiteInfoBase', 'info']])('a key that is no key of the category of its base is an error: %s of %s', (key, base, category) => {
  expect(() => resolve(entry({ key, base }))).toThrow(`${key}: expected a key of the category of its base, ${category}, got another. Correct either.`)
})

test('a field that stands in no object, or twice, is an error that names it', () => {
  expect(() => fieldTree([{ path: 'A.B', type: 'text' }], 'text')).toThrow('text: A.B stands in no object: put a field of type object before it')
  expect(() => fieldTree([{ path: 'A', type: 'text' }, { path: 'A', type: 'id' }], 'text')).toThrow('text: A is there twice: remove one of them')
})
