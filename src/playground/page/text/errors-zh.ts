/**
 * Cause and cure in Chinese of the errors that a page like this can provoke; the others are shown in English, as
 * docs/errors.md has them.
 */
export const ERRORS_ZH: Record<string, { cause: string; cure: string }> = {
  WECOM_SIGNATURE_MISMATCH: {
    cause: '签名不是用配置的 Token 算出来的，或者 query、请求体在途中被改动，或者根本不是企业微信的请求。',
    cure: '与管理后台核对 Token，注意不要带空格；让代理原样转发 query 和请求体。'
  },
  WECOM_TIMESTAMP_OUT_OF_RANGE: {
    cause: 'timestamp 与服务器时钟相差超过 timestampTolerance。',
    cure: '校准时钟（NTP）。被录下后重放的请求也会落在这里。'
  },
  WECOM_CREDENTIALS_NOT_FOUND: {
    cause: '凭证函数对这个请求没有返回任何凭证。',
    cure: '保存该租户的 Token 和 EncodingAESKey；陌生请求也会落在这里。'
  },
  WECOM_ENVELOPE_INVALID: {
    cause: '请求体不是恰好含一个非空 Encrypt 的 XML 或 JSON 外层报文。',
    cure: '看看企业微信和这台服务器之间有什么。'
  },
  WECOM_MESSAGE_INVALID: {
    cause: '解密后的文本不是消息：既不是 <xml> 也不是 JSON 对象，或格式不正确、没有字段、嵌套太深。',
    cure: '与该场景的官方文档对照；企业微信本身不会这样发送。'
  },
  WECOM_PARAMETER_INVALID: {
    cause: 'msg_signature、timestamp、nonce 或 echostr 缺失、为空或重复，无法计算签名。',
    cure: '浏览器和扫描器会落在这里；让代理原样转发 query。'
  },
  WECOM_RECEIVE_ID_MISMATCH: {
    cause: '消息属于另一个 receiveId，日志里写明了是哪一个。',
    cure: 'receiveId 取决于场景以及 GET 还是 POST，见 README。'
  },
  WECOM_DECRYPT_FAILED: {
    cause: '密文不是整块，或解密后填充不对：多半是 EncodingAESKey 不对。',
    cure: '与管理后台核对 EncodingAESKey；更换期间把新旧两个都配上。'
  },
  WECOM_PLAINTEXT_INVALID: {
    cause: '解密后的长度不符：多半是 EncodingAESKey 不对。也可能文本不是 UTF-8 编码，此时密钥没有错：以日志为准。',
    cure: '与管理后台核对 EncodingAESKey。'
  },
  WECOM_BASE64_DECODE_FAILED: {
    cause: 'Encrypt 或 echostr 不是规范的 base64。',
    cure: '看看途中是什么改动了请求体或 query；URL 只解码一次。'
  },
  WECOM_BODY_EMPTY: { cause: 'POST 没有请求体。', cure: '找找有没有代理或更早的钩子读走了它。' },
  WECOM_BODY_TIMEOUT: { cause: '请求体到达的时间超过 bodyTimeout。', cure: '找出卡住的代理，或调大这个值。' },
  WECOM_BODY_TOO_LARGE: { cause: '请求体超过 bodyLimit。', cure: '消息确实更长时调大这个值。' },
  WECOM_CREDENTIALS_UNAVAILABLE: {
    cause: '凭证函数或 receiveId 判断抛错、超时，或返回了不可用的值。',
    cure: '原因见日志；企业微信会重试。请缓存，或调大 resolveTimeout。'
  },
  WECOM_HANDLER_FAILED: {
    cause: '处理函数抛错，或返回了不是回复的东西。',
    cure: '修正处理函数；企业微信会重新发送这条消息。'
  },
  WECOM_REPLY_INVALID: {
    cause: '返回的不是回复，或含有 XML 不允许的字符，或这种消息不接受回复。',
    cure: '返回 text(…)、一个回复对象，或什么都不返回。'
  },
  WECOM_REPLY_REPEATED: {
    cause: '同一条消息调用了两次 reply.encrypted()。',
    cure: '只回复一次，其余的用发送消息接口。'
  },
  WECOM_PARSER_BYPASSED: {
    cause: '请求体被别的解析器读走了。',
    cure: '让那个钩子避开回调路由，或把 handler 交给插件。'
  },
  WECOM_ENCRYPT_FAILED: {
    cause: '回复里有半个代理对（在 emoji 中间截断的文本）。',
    cure: '在码点之间截断，或用 toWellFormed()。'
  }
}
