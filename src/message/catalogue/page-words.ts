import type { Entry, Family } from './model.ts'
import type { Bilingual } from './source.ts'
import { answerOf, listed, timeLimit } from './text.ts'

type Level = Entry['confidence']

interface Counts extends Record<Level, number> {
  all: number
  withSample: number
}

/** What the generated parts of the pages say, in one language. */
export interface PageWords {
  /** Which of two texts. */
  language: keyof Bilingual
  numbers (counts: Counts): string
  /** The heads of the tables. */
  kindsHead: string
  repliesHead: string
  family (family: Family): string
  title (entry: Entry): string
  scene (entry: Entry): string
  answer (entry: Entry): string
  time (entry: Entry): string
  confidence: Record<Level, string>
  also (spellings: readonly string[]): string
  /** Between the keys of a note and its text. */
  colon: string
  /** Between the keys of a note. */
  comma: string
  /** A note as a sentence. */
  ended (note: string): string
  /** Between two sentences. */
  gap: string
}

export const ENGLISH: PageWords = {
  language: 'en',
  numbers: ({ all, withSample, medium, low }) =>
    `There are ${all} kinds. Each has an interface${withSample === all ? ' and' : `; ${withSample} have`} a sample ` +
    'that the tests run.\n' +
    `No official page confirms every detail of ${medium + low} of them. The tables below show their ` +
    `confidence in bold:\nmedium (${medium}) or low (${low}).`,
  kindsHead: '| key | title | scene | answer | time limit | documents | confidence |',
  repliesHead: '| message | kinds of reply |',
  family: ({ title }) => title.en,
  title: ({ title }) => `${title.zh} ${title.en}`,
  scene: ({ scene, url }) => url === undefined ? scene : `${scene} (${url.replaceAll('-', ' ')} URL)`,
  answer: answerOf,
  time: entry => entry.overHttp === false ? '–' : `${timeLimit(entry)}${entry.sentOnce === true ? ', once' : ''}`,
  confidence: { high: 'high', medium: '**medium**', low: '**low**' },
  also: spellings => `Also spelled ${spellings.join(', ')}.`,
  colon: ': ',
  comma: ', ',
  ended: note => /[.!?]$/.test(note) ? note : `${note}.`,
  gap: ' '
}

const SCENES: Readonly<Record<string, string>> = {
  'advanced-feature': '高级功能',
  aibot: '智能机器人',
  app: '应用',
  approval: '审批',
  cashier: '收银台',
  'contacts-sync': '通讯录同步',
  'corp-group': '上下游',
  'customer-acquisition': '获客助手',
  'data-archive': '数据存档',
  'data-zone': '数据专区',
  device: '智慧硬件',
  'external-contact': '客户联系',
  'group-bot': '群机器人',
  kf: '微信客服',
  license: '接口许可',
  living: '直播',
  mail: '邮箱',
  media: '素材',
  meeting: '会议',
  'meeting-room': '会议室',
  menu: '菜单',
  msgaudit: '会话存档',
  payment: '对外收款',
  provider: '服务商',
  schedule: '日程',
  school: '家校',
  security: '安全',
  suite: '第三方应用',
  wedoc: '文档',
  wedrive: '微盘'
}

const URLS: Readonly<Record<string, string>> = {
  command: '指令回调 URL',
  data: '数据回调 URL',
  'device-vendor': '硬件厂商 URL',
  'provider-system': '服务商系统 URL',
  'provider-system-event': '系统事件接收 URL'
}

/** The answers that are not the usual, by how the catalogue has them. */
const ANSWERS: Readonly<Record<string, string>> = {
  'empty 200 (self-built, customised) / success (third-party command URL)':
    '空 200（自建、代开发）/ success（第三方应用的指令回调 URL）',
  'not known: an empty 200': '不清楚：空 200'
}

export const CHINESE: PageWords = {
  language: 'zh',
  numbers: ({ all, withSample, medium, low }) =>
    `共有 ${all} 个消息和事件类型，每个都有自己的接口；${withSample === all ? '每个' : `其中 ${withSample} 个`}都有样例，` +
    `测试会逐一运行。\n其中 ${medium + low} 个没有官方页面能证实全部细节，下表用粗体标出可信度：中（${medium} 个）或低（${low} 个）。`,
  kindsHead: '| 键 | 名称 | 场景 | 应答 | 时限 | 文档 | 可信度 |',
  repliesHead: '| 消息 | 回复类型 |',
  family: ({ title }) => title.zh,
  title: ({ title }) => title.zh,
  scene ({ key, scene, url }) {
    const name = translated(key, 'scene', SCENES, scene)
    return url === undefined ? name : `${name}（${translated(key, 'url', URLS, url)}）`
  },
  answer ({ key, answer, overHttp, replyKinds, category }) {
    if (overHttp === false) return '无：不经 HTTP 到达'
    if (answer !== undefined) return translated(key, 'answer', ANSWERS, answer)
    if (replyKinds.length > 0) return `空 200，或加密的 ${listed(replyKinds, '或', '、')}`
    return category === 'info' ? 'success' : '空 200'
  },
  time ({ answerWithinMs = 5000, overHttp, sentOnce }) {
    return overHttp === false ? '–' : `${answerWithinMs / 1000} 秒${sentOnce === true ? '，只发一次' : ''}`
  },
  confidence: { high: '高', medium: '**中**', low: '**低**' },
  also: spellings => `也拼作 ${spellings.join('、')}。`,
  colon: '：',
  comma: '、',
  ended: note => /[。！？]$/.test(note) ? note : `${note}。`,
  gap: ''
}

function translated (key: string, what: string, words: Readonly<Record<string, string>>, word: string): string {
  const found = words[word]
  if (found !== undefined) return found
  throw new Error(`${key}: expected its ${what} to have a Chinese word, got '${word}'. Add it to page-words.ts.`)
}
