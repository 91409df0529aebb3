import { describe, expect, test } from 'vitest'
import { compose, items, refusal, type Values } from './compose.js'
import { SAMPLES } from './samples.js'

describe('the limits that need a test of their own', () => {
  const card = (name: string, changes: Values): unknown => {
    const reply = SAMPLES[name]?.reply as unknown as Values
    const at = 'TemplateCard' in reply ? 'TemplateCard' : 'template_card'
    return { ...reply, [at]: { ...reply[at] as Values, ...changes } }
  }
  const app = (type: string, changes: Values): [unknown, string] => [card(`xml app update_template_card ${type}`, changes), 'event.template_card_event']
  const bot = (type: string, changes: Values): [unknown, string] => [card(`json-fragment aibot template_card ${type}`, changes), 'aibot.text']
  const twice = (list: string): Values[] => [...items(list, 1), ...items(list, 1)]
  const stream = (changes: Values): [unknown, string] => [{ msgtype: 'stream', stream: { id: 's', ...changes } }, 'aibot.text']
  const picture = (changes: Values = {}): Values => ({ msgtype: 'image', image: { base64: '/9j/AAAA', md5: 'a'.repeat(32), ...changes } })

  test('8 articles', () => {
    const news = (length: number): Values => ({ MsgType: 'news', Articles: items('Articles', length) })
    expect(compose(news(8), 'text')).toContain('<ArticleCount>8</ArticleCount>')
    expect(refusal(news(9), 'text')).toBe('expected Articles of a reply of kind news to have 1 to 8 items, got 9 items. Leave some out: WeCom refuses the reply with more.')
    expect(refusal(news(0), 'text')).toContain('got 0 items')
    expect(refusal({ MsgType: 'news' }, 'text')).toContain('expected Articles of a reply of kind news to be there, got none')
  })

  test.each([1.3, 2.25])('an aspect ratio of %f', AspectRatio => {
    expect(() => compose(...app('news_notice', { CardImage: { Url: 'u', AspectRatio } }))).not.toThrow()
    expect(() => compose(...bot('news_notice', { card_image: { url: 'u', aspect_ratio: AspectRatio } }))).not.toThrow()
  })

  test.each([1.29, 2.26])('no aspect ratio of %f', AspectRatio => {
    expect(refusal(...app('news_notice', { CardImage: { Url: 'u', AspectRatio } }))).toContain(`TemplateCard.CardImage.AspectRatio of a reply of kind update_template_card to be from 1.3 to 2.25, got ${AspectRatio}. `)
  })

  test('a text notice has a title or a subtitle', () => {
    expect(() => compose(...app('text_notice', { MainTitle: undefined }))).not.toThrow()
    expect(() => compose(...app('text_notice', { SubTitleText: '' }))).not.toThrow()
    expect(refusal(...app('text_notice', { MainTitle: { Desc: 'd' }, SubTitleText: '' }))).toContain('TemplateCard.MainTitle.Title of a reply of kind update_template_card to be there, or SubTitleText, got neither')
    expect(refusal(...bot('text_notice', { main_title: undefined, sub_title_text: undefined }))).toContain('template_card.main_title.title')
  })

  test('a news notice has a picture', () => {
    expect(() => compose(...app('news_notice', { CardImage: undefined, ImageTextArea: { ImageUrl: 'u' } }))).not.toThrow()
    expect(refusal(...app('news_notice', { CardImage: undefined }))).toContain('TemplateCard.CardImage of a reply of kind update_template_card to be there, or ImageTextArea')
    expect(refusal(...bot('news_notice', { card_image: undefined }))).toContain('template_card.card_image')
    expect(refusal(...app('news_notice', { ImageTextArea: { Title: 't' } }))).toContain('TemplateCard.ImageTextArea.ImageUrl')
  })

  test.each([[1, 'Url'], [2, 'MediaId'], [3, 'UserId']])('a horizontal content of type %d needs its %s', (Type, name) => {
    expect(() => compose(...app('text_notice', { HorizontalContentList: [{ KeyName: 'k', Type, [name]: 'x' }] }))).not.toThrow()
    expect(refusal(...app('text_notice', { HorizontalContentList: [{ KeyName: 'k' }, { KeyName: 'k', Type }] })))
      .toContain(`TemplateCard.HorizontalContentList[1].${name} of a reply of kind update_template_card to be there, as Type is ${Type}, got none`)
  })

  test.each<[string, [unknown, string]]>([
    ['TemplateCard.ButtonList[1].Key', app('button_interaction', { ButtonList: twice('ButtonList') })],
    ['TemplateCard.ActionMenu.ActionList[1].Key', app('text_notice', { ActionMenu: { ActionList: twice('ActionList') } })],
    ['TemplateCard.SelectList[1].QuestionKey', app('multiple_interaction', { SelectList: twice('SelectList') })],
    ['template_card.button_list[1].key', bot('button_interaction', { button_list: twice('button_list') })],
    ['template_card.action_menu.action_list[1].key', bot('text_notice', { action_menu: { action_list: twice('action_list') } })],
    ['template_card.select_list[1].question_key', bot('multiple_interaction', { select_list: twice('select_list') })]
  ])('%s differs from the one before', (path, [reply, key]) => {
    expect(refusal(reply, key)).toMatch(/to differ from those before it, got the same again\. WeCom cannot tell them apart\.$/)
    expect(refusal(reply, key)).toContain(`expected ${path} of a reply of kind `)
  })

  test('a card type is one of five', () => {
    expect(refusal(...app('text_notice', { CardType: 'fancy' }))).toContain('TemplateCard.CardType of a reply of kind update_template_card to be text_notice, news_notice, button_interaction, vote_interaction or multiple_interaction, got "fancy"')
    expect(refusal(...bot('text_notice', { card_type: 'toString' }))).toContain('template_card.card_type')
  })

  test('a bot\'s card has a task_id of the right letters, also for its menu', () => {
    expect(refusal(...bot('button_interaction', { task_id: '任务' }))).toContain('template_card.task_id of a reply of kind template_card to be of digits, letters, _, - and @, got another text')
    expect(refusal(...bot('text_notice', { task_id: undefined }))).toContain('template_card.task_id of a reply of kind template_card to be there, as the card has an action_menu')
    expect(() => compose(...bot('text_notice', { task_id: undefined, action_menu: undefined }))).not.toThrow()
  })

  test('a notice leads somewhere, a question to a bot is short', () => {
    expect(refusal(...bot('text_notice', { card_action: { type: 3 } }))).toContain('template_card.card_action.type of a reply of kind template_card to be 1 (link) or 2 (mini program), got 3')
    expect(() => compose(...bot('text_notice', { jump_list: [{ type: 3, title: 't', question: 'x'.repeat(200) }] }))).not.toThrow()
    expect(refusal(...bot('text_notice', { jump_list: [{ type: 3, title: 't', question: 'x'.repeat(201) }] }))).toContain('template_card.jump_list[0].question of a reply of kind template_card to take at most 200 bytes of UTF-8, got 201 bytes')
  })

  test('keys of 1024 bytes and ids of 128 in a bot\'s cards', () => {
    const submit = (bytes: number): Values => ({ submit_button: { text: 't', key: 'x'.repeat(bytes) } })
    expect(() => compose(...bot('vote_interaction', submit(1024)))).not.toThrow()
    expect(refusal(...bot('vote_interaction', submit(1025)))).toContain('template_card.submit_button.key')
    const options = (bytes: number): Values => ({ checkbox: { question_key: 'q', option_list: [{ id: 'x'.repeat(bytes), text: 't' }] } })
    expect(() => compose(...bot('vote_interaction', options(128)))).not.toThrow()
    expect(refusal(...bot('vote_interaction', options(129)))).toContain('template_card.checkbox.option_list[0].id')
  })

  test('pictures come with the end of a stream', () => {
    expect(() => compose(...stream({ finish: true, msg_item: [picture()] }))).not.toThrow()
    expect(refusal(...stream({ msg_item: [picture()] }))).toContain('stream.msg_item of a reply of kind stream to come with finish: true only, got finish undefined')
  })

  test('pictures are JPG or PNG of up to 10 MB, with the MD5 of their bytes', () => {
    const size = 10 * 1024 * 1024
    const base64 = (bytes: number): string => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(bytes - 4)]).toString('base64')
    expect(() => compose(...stream({ finish: true, msg_item: [picture({ base64: base64(size) })] }))).not.toThrow()
    for (const more of [1, 2, 3]) {
      for (const text of [base64(size + more), base64(size + more).replace(/=+$/, ''), base64(size + more).replace(/.{76}/g, '$&\n')]) {
        expect(refusal(...stream({ finish: true, msg_item: [picture({ base64: text })] })))
          .toContain(`stream.msg_item[0].image.base64 of a reply of kind stream to take at most ${size} bytes before base64, got ${size + more} bytes`)
      }
    }
    expect(() => compose(...stream({ finish: true, msg_item: [picture({ base64: base64(size).replace(/.{76}/g, '$&\n') })] }))).not.toThrow()
    expect(refusal(...stream({ finish: true, msg_item: [picture({ base64: 'R0lGODlh' })] }))).toContain('to be the base64 of a JPG or PNG')
    expect(refusal(...stream({ finish: true, msg_item: [picture({ md5: 'x' })] }))).toContain('stream.msg_item[0].image.md5')
    expect(refusal(...stream({ finish: true, msg_item: [{ ...picture(), msgtype: 'text' }] }))).toContain('stream.msg_item[0].msgtype of a reply of kind stream to be image, got "text"')
  })
})

describe('values of the wrong type', () => {
  test.each<[string, unknown, string, string]>([
    ['a number for a text', { MsgType: 'text', Content: 5 }, 'text', 'Content of a reply of kind text to be a text, got a number'],
    ['null', { MsgType: 'text', Content: null }, 'text', 'to be a text, got null'],
    ['a text for an object', { MsgType: 'image', Image: 'M1' }, 'text', 'Image of a reply of kind image to be an object, got a text'],
    ['a list for an object', { MsgType: 'image', Image: [] }, 'text', 'got an array'],
    ['a text for a list', { MsgType: 'news', Articles: 'x' }, 'text', 'Articles of a reply of kind news to be a list, got a text'],
    ['a text among objects', { MsgType: 'news', Articles: ['x'] }, 'text', 'Articles[0] of a reply of kind news to be an object'],
    ['a hole in a list', { MsgType: 'news', Articles: [undefined] }, 'text', 'Articles[0] of a reply of kind news to be there, got none'],
    ['a text for a flag', { msgtype: 'stream', stream: { id: 's', finish: 'true' } }, 'aibot.text', 'stream.finish of a reply of kind stream to be true or false, got a text'],
    ['NaN', { MsgType: 'news', ArticleCount: NaN, Articles: [{ Title: 't' }] }, 'text', 'ArticleCount of a reply of kind news to be a finite number, got the number NaN'],
    ['no time', { MsgType: 'text', Content: 'x', CreateTime: 'now' }, 'text', 'CreateTime of a reply of kind text to be Unix seconds, got a text'],
    ['a Date in an unknown field', { MsgType: 'text', Content: 'x', Extra: new Date(0) }, 'text', 'Extra of a reply of kind text to be a text, a finite number, a boolean, an object or a list, got [object Date]'],
    ['a bigint in an unknown field', { MsgType: 'text', Content: 'x', Extra: 1n }, 'text', 'got bigint'],
    ['nobody to send to', { MsgType: 'text', Content: 'x', ToUserName: '' }, 'text', 'ToUserName of a reply of kind text not to be empty, got an empty text. Leave it out: the sender of the message is filled in.'],
    ['nobody who sends', { MsgType: 'text', Content: 'x', FromUserName: ' ' }, 'text', 'FromUserName of a reply of kind text not to be empty, got an empty text. Leave it out: the receiver of the message is filled in.'],
    ['a name that is none', { MsgType: 'text', Content: 'x', 'a><b': 'y' }, 'text', '"a><b", which is no XML name']
  ])('%s', (_, reply, key, message) => {
    expect(refusal(reply, key)).toContain(message)
  })

  const said = '我的密码是 hunter2, 13800138000'
  test.each<[string, unknown, string]>([
    ['a text for an object', { MsgType: 'image', Image: said }, 'text'],
    ['a text for a list', { MsgType: 'news', Articles: said }, 'text'],
    ['a text for an item', { MsgType: 'news', Articles: [said] }, 'text'],
    ['a text for a number', { MsgType: 'news', ArticleCount: said, Articles: [{ Title: 't' }] }, 'text'],
    ['a text for a flag', { msgtype: 'stream', stream: { id: 's', finish: said } }, 'aibot.text'],
    ['a text for a time', { MsgType: 'text', Content: 'x', CreateTime: said }, 'text'],
    ['a text for a kind', { MsgType: said }, 'text'],
    ['a text for a kind of card', { MsgType: 'update_template_card', TemplateCard: { CardType: said } }, 'event.template_card_event'],
    ['a text for a card id', { msgtype: 'template_card', template_card: { card_type: 'text_notice', task_id: said } }, 'aibot.text'],
    ['a text for a picture', { msgtype: 'stream', stream: { id: 's', finish: true, msg_item: [{ msgtype: said, image: { base64: said, md5: said } }] } }, 'aibot.text'],
    ['a text for the id of a stream', { msgtype: 'stream', stream: { id: said } }, 'aibot.stream'],
    ['a number for a text', { MsgType: 'text', Content: 13800138000 }, 'text'],
    ['an object that names itself', { MsgType: 'image', Image: { [Symbol.toStringTag]: said } }, 'text'],
    ['an object without a prototype for a time', { MsgType: 'text', Content: 'x', CreateTime: Object.assign(Object.create(null), { said }) }, 'text']
  ])('%s is named, never quoted', (_, reply, key) => {
    expect(refusal(reply, key)).not.toMatch(/密码|hunter2|13800138000/)
  })

  test.each(['text', 'aibot.text', 'groupbot.text'])('an object that holds itself, to %s', key => {
    const loop: Values = {}
    loop.Again = loop
    const reply = key === 'text' ? { MsgType: 'text', Content: 'x', loop } : key === 'aibot.text' ? { msgtype: 'stream', stream: { id: 's' }, loop } : { MsgType: 'text', Text: { Content: 'x' }, loop }
    expect(refusal(reply, key)).toContain('to nest at most 32 levels')
  })
})
