/** WeCom's scenes differ in what the query calls the signature; the first name present counts. */
export const SIGNATURE_NAMES: readonly string[] = ['msg_signature', 'msgsignature', 'signature']

/** The `+` of base64 becomes a space where a query is decoded as a form; base64 has no spaces of its own. */
export function spacesToPlus (echostr: string): string {
  return echostr.replaceAll(' ', '+')
}
