/** What can be wrong with a callback URL, as far as it shows from outside. */
export type FaultCode =
  | 'unreachable'
  | 'tls'
  | 'not-found'
  | 'method'
  | 'echo-wrapped'
  | 'echo-slow'
  | 'wrong-token'
  | 'wrong-key'
  | 'wrong-receive-id'
  | 'plus-lost'
  | 'body-parser'
  | 'content-type'
  | 'clock'
  | 'reply-not-encrypted'
  | 'reply-format'
  | 'not-success'
  // What must not be called by one of their names.
  | 'reply-slow'
  | 'reply-status'
  | 'handler-failed'
  | 'signature-not-checked'
  | 'padding'
  | 'query-encoding'
  | 'plain-mode'
  // What answers is no callback, or does not show why it refuses.
  | 'blocked' | 'fixed-answer' | 'not-checked' | 'refused'

export interface Cause {
  code: FaultCode
  /** What is wrong. */
  what: string
  /** What to change. */
  fix: string
}

export interface Fault extends Cause {
  /** What it may be instead, as it looks the same from outside; most likely first. */
  alternatives?: Cause[]
}

/** What a check found, and what it could tell besides. */
export interface Findings {
  faults: Fault[]
  /** Worth knowing, no fault. */
  notes: string[]
}

/** The fault that a cause is, with what else it may be. */
export function fault (cause: Cause, alternatives: readonly Cause[] = []): Fault {
  return alternatives.length === 0 ? cause : { ...cause, alternatives: [...alternatives] }
}

/** The texts of faults that are inferred in more than one place. */
export const CAUSES = {
  wrongToken: {
    code: 'wrong-token',
    what: 'The server refuses the signature: it uses another Token, or signs something else.',
    fix: 'Compare Token on the server with the WeCom console, blanks and quotes around it included (each callback ' +
      'URL has its own). The signature is the SHA-1 of the sorted values of [token, timestamp, nonce, echostr or ' +
      'Encrypt], joined.'
  },
  wrongKey: {
    code: 'wrong-key',
    what: 'The signature passes, but the server cannot decrypt: it uses another EncodingAESKey, or unpads wrongly.',
    fix: 'Compare EncodingAESKey on the server with the console. The key is the base64 of EncodingAESKey + "="; the ' +
      "IV is its first 16 bytes; padding runs from 1 to 32 bytes, so a library's own PKCS#7 must be turned off."
  },
  wrongReceiveId: {
    code: 'wrong-receive-id',
    what: 'The server expects another receiveId than the one the message was encrypted with.',
    fix: "Set it to what this scene uses: the corpid; on a suite's command URL the suite id; \"\" for bots and group " +
      "robots. A provider's URL is verified with the provider's own corpid."
  },
  clock: {
    code: 'clock',
    what: 'The server\'s clock, or this machine\'s, may be off, so that the timestamp is refused.',
    fix: 'Set both by NTP. Timestamps are Unix seconds, not milliseconds, and have no time zone.'
  },
  bodyParser: {
    code: 'body-parser',
    what: 'The GET passes, but the server does not get to see the body of a POST: another body parser has read or ' +
      'changed it, or it is read in another format.',
    fix: 'Read the raw text of the body on this route, before or instead of the JSON, form or XML parser of the ' +
      'framework (Express: express.text({ type: "*/*" }); Spring: @RequestBody String; Flask: request.get_data()).'
  },
  padding: {
    code: 'padding',
    what: 'Some lengths of text are accepted and others are not: the server takes padding of up to 16 bytes only, so ' +
      'about half of the traffic fails.',
    fix: 'Turn off the padding of the crypto library (Node.js: setAutoPadding(false); Java: AES/CBC/NoPadding) and ' +
      'take off 1 to 32 bytes yourself: WeCom pads to blocks of 32.'
  },
  handlerFailed: {
    code: 'handler-failed',
    what: 'The request passes all checks, and then the server fails.',
    fix: 'Look into its log: the code that handles the decrypted text throws. WeCom will send the message again, ' +
      'three times.'
  },
  queryEncoding: {
    code: 'query-encoding',
    what: "An echostr of letters and digits alone is accepted, one with + / = is not: to the server's code they are " +
      'still %2B, %2F and %3D. Token and key are right.',
    fix: 'The query is encoded twice, or not decoded: look for a proxy, gateway or redirect that encodes it again ' +
      '(nginx: proxy_pass with $uri or a rewritten path), and, where the code reads the raw query, decode it exactly ' +
      'once.'
  },
  plainMode: {
    code: 'plain-mode',
    what: 'The server wants the requests of plain-text mode (明文模式), as a WeChat official account sends them: a ' +
      'signature over token, timestamp and nonce alone, and nothing encrypted.',
    fix: 'WeCom always encrypts: check msg_signature over [token, timestamp, nonce, echostr or Encrypt], decrypt ' +
      'with EncodingAESKey, and answer the GET with the decrypted echostr. A library for official accounts (公众号) ' +
      'needs its safe mode (安全模式), or another library.'
  },
  notChecked: {
    code: 'not-checked',
    what: 'A forged message gets the same answer as a genuine one: the server does not check the signature, or ' +
      'answers before it checks. So it is not certain either that it understood the message.',
    fix: 'Check in its log that a text of the user fastify_wecom_doctor was understood and that the forged ones were ' +
      'refused. If they were not, anybody can forge messages: check msg_signature before all else, and answer 401 ' +
      'if it differs.'
  },
  signatureNotChecked: {
    code: 'signature-not-checked',
    what: 'The server answers a request with a wrong signature as if it were genuine: anybody who knows or can ' +
      'replay a ciphertext can forge messages.',
    fix: 'Compare msg_signature with the SHA-1 of the sorted [token, timestamp, nonce, echostr or Encrypt] before ' +
      'decrypting, and answer 401 if it differs.'
  }
} as const satisfies Record<string, Cause>

/** What stays dark from outside; printed when all is well. */
export const UNSEEN: readonly string[] = [
  'the registered owner of the domain (域名主体/备案): it must be the corp of the app, or related to it',
  "trusted IPs: 企业可信IP in the console, for calling the API; and a firewall that lets in this machine but not WeCom's " +
    'addresses (getcallbackip lists them)',
  'blanks or line breaks pasted into URL, Token or EncodingAESKey in the console',
  'whether the console shows the same Token and EncodingAESKey as were given here',
  'whether the events you wait for are ticked in the console, and the sender is in the app\'s visible range'
]
