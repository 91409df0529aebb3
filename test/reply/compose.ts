import { expect } from 'vitest'
import { WecomError } from '../../src/index.js'
import { composeReply } from '../../src/reply/compose.js'
import { answered } from './wecom.js'

export type Values = Record<string, unknown>

export const compose = (reply: unknown, key: string, warn: (text: string) => void = () => {}): string => composeReply(reply, answered(key), warn)

/** The text of the error that refuses the reply. */
export function refusal (reply: unknown, key: string): string {
  try {
    compose(reply, key)
  } catch (error) {
    expect(error).toBeInstanceOf(WecomError)
    expect((error as WecomError).code).toBe('WECOM_REPLY_INVALID')
    return (error as WecomError).message
  }
  throw new Error('it was not refused')
}

/** Items that lists need to be right in everything but their number. */
export const ITEMS: Record<string, (index: number) => Values> = {
  HorizontalContentList: () => ({ KeyName: 'k' }),
  JumpList: () => ({ Title: 't' }),
  VerticalContentList: () => ({ Title: 't' }),
  ActionList: index => ({ Text: 't', Key: `k${index}` }),
  OptionList: index => ({ Id: `o${index}`, Text: 't' }),
  ButtonList: index => ({ Text: 't', Key: `k${index}` }),
  SelectList: index => ({ QuestionKey: `q${index}`, OptionList: [{ Id: 'o', Text: 't' }] }),
  Articles: () => ({ Title: 't' }),
  Actions: () => ({}),
  horizontal_content_list: () => ({ keyname: 'k' }),
  jump_list: () => ({ title: 't' }),
  vertical_content_list: () => ({ title: 't' }),
  action_list: index => ({ text: 't', key: `k${index}` }),
  option_list: index => ({ id: `o${index}`, text: 't' }),
  button_list: index => ({ text: 't', key: `k${index}` }),
  select_list: index => ({ question_key: `q${index}`, option_list: [{ id: 'o', text: 't' }] }),
  msg_item: () => ({ msgtype: 'image', image: { base64: 'iVBORw0KGgo', md5: '0'.repeat(32) } })
}
export const items = (list: string, length: number): Values[] => Array.from({ length }, (_, index) => (ITEMS[list] as (index: number) => Values)(index))
