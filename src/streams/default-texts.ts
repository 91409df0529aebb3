import type { StreamTexts } from './options.js'

/** What the package writes into a stream where nothing else is given. */
export const DEFAULT_TEXTS: StreamTexts = Object.freeze({
  empty: '（没有可显示的内容）',
  failed: '（出错了，请稍后再试）',
  cut: '（内容未完，余下部分未能显示）',
  later: '（内容未完，余下部分稍后发送）',
  lost: '（回答意外中断，请重新提问）',
  closing: '（服务正在重启，请稍后再试）',
  stopped: '（已停止）'
})
