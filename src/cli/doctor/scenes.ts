import { randomUUID } from 'node:crypto'
import { sample } from '../../testing/samples.js'

/** What distinguishes the callback URLs of WeCom, as far as a doctor must know (PROTOCOL 5). */
export interface Scene {
  format: 'xml' | 'json'
  /** Whether the body must be `success`. */
  success: boolean
  /** Whether receiveId is `''`. */
  bot: boolean
  /** Whether messages carry another receiveId than URL verification does. */
  twoIds: boolean
  title: string
}

const usual: Scene = { format: 'xml', success: false, bot: false, twoIds: false, title: '' }

export const SCENES = {
  app: { ...usual, title: 'an app of a corp; contacts, customer service, approval, external contact' },
  data: { ...usual, twoIds: true, title: 'data URL of a third-party suite (数据回调)' },
  command: {
    ...usual,
    success: true,
    twoIds: true,
    title: 'command URL of a third-party suite (指令回调): must answer success'
  },
  template: {
    ...usual,
    success: true,
    twoIds: true,
    title: 'URL of a template of customised apps (代开发模板): must answer success'
  },
  provider: { ...usual, success: true, title: 'system events of a provider (系统事件接收): must answer success' },
  bot: { ...usual, format: 'json', bot: true, title: '智能机器人 (aibot), JSON' },
  groupbot: { ...usual, bot: true, title: 'group robot (群机器人)' }
} as const satisfies Record<string, Scene>

export type SceneName = keyof typeof SCENES

/** Handlers can tell that it is not a person. */
export const DOCTOR_USER = 'fastify_wecom_doctor'

/** The message that the doctor sends: a text of a user that nobody has. */
export function doctorMessage (scene: SceneName, receiveId: string): object {
  const content = 'fastify-wecom doctor: a test message'
  if (scene === 'bot') {
    return sample('aibot.text', {
      from: { userid: DOCTOR_USER },
      chattype: 'single',
      chatid: undefined,
      text: { content },
      quote: undefined,
      response_url: `https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=${DOCTOR_USER}_${randomUUID()}`
    })
  }
  if (scene === 'groupbot') {
    return sample('groupbot.text', {
      From: { UserId: DOCTOR_USER, Name: DOCTOR_USER, Alias: undefined },
      Text: { Content: content }
    })
  }
  return sample('text', { FromUserName: DOCTOR_USER, ToUserName: receiveId, Content: content })
}
