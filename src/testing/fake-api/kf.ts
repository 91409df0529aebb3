import { createCodes } from './codes.js'

/** What customers wrote, by account. */
export interface Kf {
  /** Returns a Token. */
  receive (openKfId: string, messages: readonly object[]): string
  /** kf/sync_msg [94670]. */
  sync (body: Readonly<Record<string, unknown>>): object
}

export function createKf (pageSize: number): Kf {
  const accounts = new Map<unknown, object[]>()
  const tokens = createCodes<true>('ENC', 10 * 60_000)

  return {
    receive (openKfId, messages) {
      const all = accounts.get(openKfId) ?? []
      accounts.set(openKfId, all)
      all.push(...messages.map((message, index) => ({
        msgid: `kf${all.length + index + 1}`, open_kfid: openKfId, send_time: Math.floor(Date.now() / 1000), ...message
      })))
      return tokens.issue(true)
    },
    sync ({ cursor = '', token, limit = 1_000, open_kfid: openKfId }) {
      if (token !== undefined && tokens.look(token) === undefined) {
        return { errcode: 95007, errmsg: 'invalid msg token' }
      }
      const all = accounts.get(openKfId)
      if (all === undefined) return { errcode: 95000, errmsg: 'invalid open_kfid' }
      const [, digits] = /^cursor(\d+)$/.exec(String(cursor)) ?? []
      if (cursor !== '' && digits === undefined) return { errcode: 40058, errmsg: 'invalid cursor' }
      const from = Number(digits ?? 0)
      const to = Math.min(all.length, from + Math.min(pageSize, Number(limit)))
      return {
        errcode: 0,
        errmsg: 'ok',
        next_cursor: `cursor${to}`,
        has_more: to < all.length ? 1 : 0,
        msg_list: all.slice(from, to)
      }
    }
  }
}
