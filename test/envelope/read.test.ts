import { expect, test } from 'vitest'
import { readEnvelope } from '../../src/envelope/envelope.js'

test.each<[string, string | Uint8Array, object]>([
  ['XML with CDATA', '<xml><ToUserName><![CDATA[ww1]]></ToUserName><Encrypt><![CDATA[AAAA]]></Encrypt><AgentID><![CDATA[218]]></AgentID></xml>', { format: 'xml', spelling: 'capital', encrypt: 'AAAA', toUserName: 'ww1', agentId: '218' }],
  ['XML without CDATA, a declaration, a comment and blanks', '\uFEFF \n<?xml version="1.0"?>\n<!-- c -->\n<xml>\n <Encrypt>\n AAAA \n</Encrypt>\n</xml>\n', { format: 'xml', spelling: 'capital', encrypt: 'AAAA', toUserName: undefined, agentId: undefined }],
  ['XML with empty neighbours', '<xml><ToUserName/><Encrypt>AAAA</Encrypt><AgentID></AgentID></xml>', { format: 'xml', spelling: 'capital', encrypt: 'AAAA', toUserName: undefined, agentId: undefined }],
  ['JSON in lower case', '{"tousername":"ww1","encrypt":"AAAA","agentid":"218"}', { format: 'json', spelling: 'lower', encrypt: 'AAAA', toUserName: 'ww1', agentId: '218' }],
  ['JSON in CamelCase, the agent as a number', ' {"ToUserName":"ww1","Encrypt":"AAAA","AgentID":218}', { format: 'json', spelling: 'capital', encrypt: 'AAAA', toUserName: 'ww1', agentId: '218' }],
  ['JSON with null and strange neighbours', '{"encrypt":"AAAA","agentid":null,"tousername":{"a":1}}', { format: 'json', spelling: 'lower', encrypt: 'AAAA', toUserName: undefined, agentId: undefined }],
  ['JSON in which something else comes twice', '{"x":1,"encrypt":"AAAA","x":{"encrypt":1,"encrypt":2}}', { format: 'json', spelling: 'lower', encrypt: 'AAAA', toUserName: undefined, agentId: undefined }],
  ['JSON with blanks around the text, and empty neighbours', '{"encrypt":" AAAA\\n","tousername":"","agentid":""}', { format: 'json', spelling: 'lower', encrypt: 'AAAA', toUserName: undefined, agentId: undefined }],
  ['JSON with a byte order mark that is not the first character', '{"encrypt":"AAAA","tousername":"a\uFEFFb"}', { format: 'json', spelling: 'lower', encrypt: 'AAAA', toUserName: 'a\uFEFFb', agentId: undefined }],
  ['bytes', Buffer.from('{"encrypt":"AAAA"}'), { format: 'json', spelling: 'lower', encrypt: 'AAAA', toUserName: undefined, agentId: undefined }],
  ['bytes beyond ASCII, with a byte order mark', Buffer.from('\uFEFF<xml><ToUserName>企业</ToUserName><Encrypt>AAAA</Encrypt></xml>'), { format: 'xml', spelling: 'capital', encrypt: 'AAAA', toUserName: '企业', agentId: undefined }],
  ['bytes that are no Buffer', new TextEncoder().encode('<xml><Encrypt>AAAA</Encrypt></xml>'), { format: 'xml', spelling: 'capital', encrypt: 'AAAA', toUserName: undefined, agentId: undefined }]
])('%s is read', (_name, body, envelope) => {
  expect(readEnvelope(body)).toEqual(envelope)
})

test.each<[string, unknown, string]>([
  ['nothing', '', 'nothing but white space'],
  ['white space', ' \n', 'nothing but white space'],
  ['plain text', 'hello', 'neither'],
  ['a JSON list', '[{"encrypt":"AAAA"}]', 'neither'],
  ['no text at all', 42, 'a value of type number'],
  ['bytes that are not UTF-8', Buffer.from([0x3c, 0xff]), 'bytes that are not UTF-8'],
  ['another root', '<a><Encrypt>AAAA</Encrypt></a>', 'another root element'],
  ['Encrypt deeper down', '<xml><a><Encrypt>AAAA</Encrypt></a></xml>', 'no Encrypt'],
  ['no Encrypt in JSON', '{"a":1}', 'no Encrypt'],
  ['a plain XML message', '<xml><MsgType>text</MsgType></xml>', 'a message that is not encrypted'],
  ['a plain JSON message', '{"msgtype":"text"}', 'a message that is not encrypted'],
  ['two Encrypt', '<xml><Encrypt>AAAA</Encrypt><Encrypt>BBBB</Encrypt></xml>', '2 Encrypt elements'],
  ['an element within Encrypt', '<xml><Encrypt>AAAA<b/></Encrypt></xml>', 'an Encrypt with elements inside'],
  ['an empty Encrypt', '<xml><Encrypt> </Encrypt></xml>', 'an empty Encrypt'],
  ['an empty Encrypt in JSON', '{"encrypt":" "}', 'an Encrypt that is empty or not a text'],
  ['a number as Encrypt', '{"encrypt":1}', 'an Encrypt that is empty or not a text'],
  ['two encrypt in JSON', '{"encrypt":"AAAA","encrypt":"BBBB"}', '2 encrypt keys'],
  ['two encrypt of one value, one of them escaped', '{"Encrypt":"AAAA","\\u0045ncrypt":"AAAA"}', '2 encrypt keys'],
  ['both spellings', '{"encrypt":"AAAA","Encrypt":"AAAA"}', 'both encrypt and Encrypt'],
  ['broken XML', '<xml><Encrypt>AAAA</xml>', 'no well-formed XML (line 1)'],
  ['broken JSON', '{"encrypt":"AAAA"', 'no well-formed JSON'],
  ['JSON and then something', '{"encrypt":"AAAA"}x', 'no well-formed JSON'],
  ['XML and then something', '<xml><Encrypt>AAAA</Encrypt></xml>x', 'no well-formed XML (line 1)'],
  ['two roots', '<xml/><xml/>', '2 root elements'],
  ['a DOCTYPE', '<!DOCTYPE xml [<!ENTITY e "AAAA">]><xml><Encrypt>&e;</Encrypt></xml>', 'a DOCTYPE'],
  ['200,000 levels', `<xml><Encrypt>AAAA</Encrypt>${'<a>'.repeat(200_000)}`, 'more than 32 levels'],
  ['200,000 brackets', `{"encrypt":"AAAA","x":${'['.repeat(200_000)}`, 'more than 32 levels'],
  ['30,000 values', `{"encrypt":"AAAA","x":[${'1,'.repeat(30_000)}1]}`, 'more than 20000 values'],
  ['100,000 elements', `<xml><Encrypt>AAAA</Encrypt>${'<a/>'.repeat(100_000)}</xml>`, 'more than 20000 elements']
])('%s is refused with -40002', (_name, body, got) => {
  expect(() => readEnvelope(body as string)).toThrow(expect.objectContaining({ code: 'WECOM_ENVELOPE_INVALID', errcode: -40002, message: expect.stringContaining(`got ${got}. `) as string }))
})
