/** What WeCom says no with. */
export interface Refusal {
  errcode: number
  errmsg: string
}

/** A call on its way, tokens and all. */
export interface Incoming {
  query: Readonly<Record<string, string>>
  body: Readonly<Record<string, unknown>>
}
