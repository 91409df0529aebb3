declare module 'xml2js' {
  /** What is used of it. */
  export function parseStringPromise (xml: string, options: { explicitArray: boolean }): Promise<{ xml: Record<string, string> }>
}
