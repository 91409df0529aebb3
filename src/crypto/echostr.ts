/** The `+` of base64 becomes a space where a query is decoded as a form; base64 has no spaces of its own. */
export function spacesToPlus (echostr: string): string {
  return echostr.replaceAll(' ', '+')
}
