import type { Reply } from '../../src/index.js'

/** The replies of replies.json as a user would write them; `key` is the kind of the message they answer. */
export const SAMPLES: Record<string, { key: string, reply: Reply & object }> = {
  'xml app text': {
    key: 'text',
    reply: { MsgType: 'text', Content: '已收到' }
  },
  'xml app image': {
    key: 'text',
    reply: { MsgType: 'image', Image: { MediaId: 'MEDIA_01' } }
  },
  'xml app voice': {
    key: 'text',
    reply: { MsgType: 'voice', Voice: { MediaId: 'MEDIA_02' } }
  },
  'xml app video': {
    key: 'text',
    reply: { MsgType: 'video', Video: { MediaId: 'MEDIA_03', Title: '演示', Description: '产品演示' } }
  },
  'xml app news': {
    key: 'text',
    reply: { MsgType: 'news', Articles: [{ Title: '公告', Description: '放假安排', PicUrl: 'https://example.invalid/p.png', Url: 'https://example.invalid/a' }] }
  },
  'xml app update_button': {
    key: 'event.template_card_event',
    reply: { MsgType: 'update_button', Button: { ReplaceName: '已同意' } }
  },
  'xml app update_taskcard': {
    key: 'event.taskcard_click',
    reply: { MsgType: 'update_taskcard', TaskCard: { ReplaceName: '已处理' } }
  },
  'xml app update_template_card text_notice': {
    key: 'event.template_card_event',
    reply: { MsgType: 'update_template_card', TemplateCard: { CardType: 'text_notice', Source: { IconUrl: 'https://example.invalid/i.png', Desc: '审批助手' }, MainTitle: { Title: '申请已处理', Desc: '单号 20251231' }, SubTitleText: '张三已同意', HorizontalContentList: [{ KeyName: '申请人', Value: '李四' }], CardAction: { Type: 1, Url: 'https://example.invalid/d' } } }
  },
  'xml app update_template_card news_notice': {
    key: 'event.template_card_event',
    reply: { MsgType: 'update_template_card', TemplateCard: { CardType: 'news_notice', Source: { IconUrl: 'https://example.invalid/i.png', Desc: '审批助手' }, MainTitle: { Title: '申请已处理', Desc: '单号 20251231' }, CardImage: { Url: 'https://example.invalid/c.png', AspectRatio: 1.3 }, CardAction: { Type: 1, Url: 'https://example.invalid/d' } } }
  },
  'xml app update_template_card button_interaction': {
    key: 'event.template_card_event',
    reply: { MsgType: 'update_template_card', TemplateCard: { CardType: 'button_interaction', Source: { IconUrl: 'https://example.invalid/i.png', Desc: '审批助手' }, MainTitle: { Title: '申请已处理', Desc: '单号 20251231' }, ButtonList: [{ Text: '同意', Style: 1, Key: 'agree' }, { Text: '驳回', Style: 2, Key: 'reject' }], ReplaceText: '已同意' } }
  },
  'xml app update_template_card vote_interaction': {
    key: 'event.template_card_event',
    reply: { MsgType: 'update_template_card', TemplateCard: { CardType: 'vote_interaction', Source: { IconUrl: 'https://example.invalid/i.png', Desc: '审批助手' }, MainTitle: { Title: '申请已处理', Desc: '单号 20251231' }, CheckBox: { QuestionKey: 'q1', OptionList: [{ Id: 'one', Text: '方案一', IsChecked: true }, { Id: 'two', Text: '方案二', IsChecked: false }], Disable: true, Mode: 1 }, SubmitButton: { Text: '提交', Key: 'submit' }, ReplaceText: '已提交' } }
  },
  'xml app update_template_card multiple_interaction': {
    key: 'event.template_card_event',
    reply: { MsgType: 'update_template_card', TemplateCard: { CardType: 'multiple_interaction', Source: { IconUrl: 'https://example.invalid/i.png', Desc: '审批助手' }, MainTitle: { Title: '申请已处理', Desc: '单号 20251231' }, SelectList: [{ QuestionKey: 'q1', Title: '部门', SelectedId: 'one', Disable: true, OptionList: [{ Id: 'one', Text: '研发' }, { Id: 'two', Text: '市场' }] }], SubmitButton: { Text: '提交', Key: 'submit' }, ReplaceText: '已提交' } }
  },
  'json aibot text': {
    key: 'aibot.event.enter_chat',
    reply: { msgtype: 'text', text: { content: '你好,我是小助手' } }
  },
  'json aibot stream': {
    key: 'aibot.text',
    reply: { msgtype: 'stream', stream: { id: 'stream-0a1b2c', finish: false, content: '**处理中**', feedback: { id: 'fb-0a1b2c' } } }
  },
  'json aibot template_card': {
    key: 'aibot.text',
    reply: { msgtype: 'template_card', template_card: { card_type: 'button_interaction', source: { desc: '审批助手' }, main_title: { title: '请确认', desc: '单号 20251231' }, button_list: [{ text: '同意', style: 1, key: 'agree' }, { text: '驳回', style: 2, key: 'reject' }], task_id: 'task_20251231_02', feedback: { id: 'fb-0a1b2c' } } }
  },
  'json aibot stream_with_template_card': {
    key: 'aibot.text',
    reply: { msgtype: 'stream_with_template_card', stream: { id: 'stream-0a1b2c', finish: false, content: '正在处理' }, template_card: { card_type: 'button_interaction', source: { desc: '审批助手' }, main_title: { title: '请确认', desc: '单号 20251231' }, button_list: [{ text: '同意', style: 1, key: 'agree' }, { text: '驳回', style: 2, key: 'reject' }], task_id: 'task_20251231_02' } }
  },
  'json aibot update_template_card': {
    key: 'aibot.event.template_card_event',
    reply: { response_type: 'update_template_card', userids: ['zhangsan'], template_card: { card_type: 'button_interaction', source: { desc: '审批助手' }, main_title: { title: '已同意' }, button_list: [{ text: '同意', style: 1, key: 'agree' }, { text: '驳回', style: 2, key: 'reject' }], task_id: 'task_20251231_02' } }
  },
  'json-fragment aibot template_card text_notice': {
    key: 'aibot.text',
    reply: { msgtype: 'template_card', template_card: { card_type: 'text_notice', source: { icon_url: 'https://example.invalid/i.png', desc: '审批助手', desc_color: 0 }, action_menu: { desc: '更多', action_list: [{ text: '不再推送', key: 'mute' }] }, main_title: { title: '日报', desc: '2025-12-31' }, emphasis_content: { title: '100', desc: '完成数' }, quote_area: { type: 1, url: 'https://example.invalid', title: '引用', quote_text: '内容' }, sub_title_text: '点击查看', horizontal_content_list: [{ keyname: '负责人', value: '张三' }], jump_list: [{ type: 3, title: '再问一次', question: '昨天的数据' }], card_action: { type: 1, url: 'https://example.invalid' }, task_id: 'task_tn_1' } }
  },
  'json-fragment aibot template_card news_notice': {
    key: 'aibot.text',
    reply: { msgtype: 'template_card', template_card: { card_type: 'news_notice', main_title: { title: '公告' }, card_image: { url: 'https://example.invalid/c.png', aspect_ratio: 2.25 }, vertical_content_list: [{ title: '要点', desc: '说明' }], card_action: { type: 1, url: 'https://example.invalid' } } }
  },
  'json-fragment aibot template_card button_interaction': {
    key: 'aibot.text',
    reply: { msgtype: 'template_card', template_card: { card_type: 'button_interaction', source: { desc: '审批助手' }, main_title: { title: '请确认', desc: '单号 20251231' }, button_list: [{ text: '同意', style: 1, key: 'agree' }, { text: '驳回', style: 2, key: 'reject' }], task_id: 'task_20251231_02' } }
  },
  'json-fragment aibot template_card vote_interaction': {
    key: 'aibot.text',
    reply: { msgtype: 'template_card', template_card: { card_type: 'vote_interaction', main_title: { title: '选择方案' }, checkbox: { question_key: 'q1', option_list: [{ id: 'one', text: '方案一', is_checked: true }, { id: 'two', text: '方案二' }], disable: false, mode: 1 }, submit_button: { text: '提交', key: 'submit' }, task_id: 'task_v_1' } }
  },
  'json-fragment aibot template_card multiple_interaction': {
    key: 'aibot.text',
    reply: { msgtype: 'template_card', template_card: { card_type: 'multiple_interaction', main_title: { title: '填写' }, select_list: [{ question_key: 'q1', title: '部门', disable: false, selected_id: 'one', option_list: [{ id: 'one', text: '研发' }, { id: 'two', text: '市场' }] }], submit_button: { text: '提交', key: 'submit' }, task_id: 'task_m_1' } }
  },
  'xml or json group-bot text': {
    key: 'groupbot.text',
    reply: { MsgType: 'text', VisibleToUser: 'zhangsan|lisi', Text: { Content: '收到', MentionedList: ['zhangsan'] } }
  },
  'xml or json group-bot markdown': {
    key: 'groupbot.text',
    reply: { MsgType: 'markdown', VisibleToUser: 'zhangsan|lisi', Markdown: { Content: '**收到**', Attachment: { CallbackId: 'cb1', Actions: [{ Name: 'more', Value: 'more', Text: '查看更多', Type: 'button', ReplaceText: '已点击' }] } } }
  }
}
