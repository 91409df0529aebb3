import { expect, test } from 'vitest'
import { readEnvelope, readStrictEnvelope } from '../../src/envelope/envelope.js'
import { parseMessage } from '../../src/message/parse.js'

/** What is said of a document that is refused. */
function thrownBy (read: () => unknown): Error {
  try {
    read()
  } catch (error) {
    return error as Error
  }
  throw new Error('it was read')
}

const GENUINE = '<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>' +
  '<Encrypt><![CDATA[QUJD]]></Encrypt></xml>'

test('an envelope that is no XML is refused, whatever JSON envelope came before', () => {
  const broken = '<xml><0>x</0><Encrypt>QUJD</Encrypt></xml>'
  const alone = thrownBy(() => readEnvelope(broken)).message
  thrownBy(() => readEnvelope('{"0":1}'))
  expect(thrownBy(() => readEnvelope(broken)).message).toBe(alone)
})

test('the Encrypt of an XML envelope is the same one, whatever JSON envelope came before', () => {
  const envelope = '<xml><x><!--><e><![CDATA[--><e><![CDATA[]]></e></x><!--><Encrypt>A</Encrypt>' +
    '<h><![CDATA[--><Encrypt>B</Encrypt><h><![CDATA[]]></h></xml>'
  const alone = readEnvelope(envelope).encrypt
  thrownBy(() => readEnvelope('{"x><!--":1}'))
  expect(readEnvelope(envelope).encrypt).toBe(alone)
})

test("a stranger's JSON envelope does not send WeCom's envelopes to the slow reader", () => {
  expect(readStrictEnvelope(GENUINE)).toBeDefined()
  thrownBy(() => readEnvelope('{"a":1,"AgentID><![CDATA[1000002]]":1}'))
  expect(readStrictEnvelope(GENUINE)).toBeDefined()
})

test('a message that is no XML is refused, whatever JSON message came before', () => {
  const broken = '<xml><0>x</0></xml>'
  const alone = thrownBy(() => parseMessage(broken)).message
  parseMessage('{"0":1}')
  expect(thrownBy(() => parseMessage(broken)).message).toBe(alone)
})
