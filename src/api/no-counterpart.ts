/** What came instead, and what to do. */
export interface Reason {
  got: string
  fix: string
}

const UPDATE =
  "Use call('message/update_template_card', { response_code: message.ResponseCode, … }), once and within 72 hours."

/** Kinds of reply that answer a message and nothing else, by name. */
const ONLY_PASSIVE: Readonly<Record<string, Reason>> = {
  update_button: { got: 'update_button, which changes a card that is there', fix: UPDATE },
  update_template_card: { got: 'update_template_card, which changes a card that is there', fix: UPDATE },
  update_taskcard: {
    got: 'update_taskcard, which changes a card that is there',
    fix: "Use call('message/update_taskcard', { userids, agentid, task_id, replace_name })."
  },
  stream: {
    got: 'a stream, which lives in the chat of the bot',
    fix: "Post to response_url of the bot's message, or send its text: { msgtype: 'markdown', markdown: { content } }."
  },
  stream_with_template_card: {
    got: 'a stream with a card, which lives in the chat of the bot',
    fix: "Send the card alone: { msgtype: 'template_card', template_card }."
  }
}

/** Why the message API has no counterpart of a reply; `undefined` where it may have one. */
export function whyNot (
  reply: Readonly<Record<string, unknown>>, name: string, kind: string | undefined
): Reason | undefined {
  // Where the reply tells by its fields, and where the message does.
  if ('Markdown' in reply || 'Text' in reply || 'VisibleToUser' in reply || kind?.startsWith('groupbot') === true) {
    return {
      got: 'a reply of a group robot, which speaks in its group',
      fix: 'Post it to the webhook of the robot: message/send would write only to the member.'
    }
  }
  return Object.hasOwn(ONLY_PASSIVE, name) ? ONLY_PASSIVE[name] : undefined
}
