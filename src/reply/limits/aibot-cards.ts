import {
  filled, flag, list, number, object, oneOf, required, text, type Field, type Rule, type Shape
} from './field.js'

const KEY = required(text({ maxBytes: 1024 }))
const LINK = { type: number(), url: text(), appid: text(), pagepath: text() }
const OPTION = { id: required(text({ maxBytes: 128 })), text: required(text()) }
const options = (most: number, extra: Record<string, Field> = {}): Field =>
  required(list(most, { ...OPTION, ...extra }))

/** What follows the parts of every card. */
const TAIL = {
  task_id: text({ maxBytes: 128, pattern: /^[\w@-]*$/, meaning: 'of digits, letters, _, - and @' }),
  feedback: object({ id: required(text({ maxBytes: 256 })) })
}

const P = {
  card_type: required(text()),
  source: object({ icon_url: text(), desc: text(), desc_color: number() }),
  action_menu: object({
    desc: text(),
    action_list: required(list(3, { text: required(text()), key: KEY }, { unique: 'key' }))
  }),
  main_title: object({ title: text(), desc: text() }),
  quote_area: object({ ...LINK, title: text(), quote_text: text() }),
  horizontal_content_list: list(6, {
    keyname: required(text()),
    value: text(),
    type: number(),
    url: text(),
    media_id: text(),
    userid: text()
  }),
  jump_list: list(3, { title: required(text()), ...LINK, question: text({ maxBytes: 200 }) }),
  card_action: required(object({ ...LINK, type: required(number()) }, [actionLeadsSomewhere])),
  submit_button: required(object({ text: required(text()), key: KEY }))
}

/** The template cards of a bot by card_type [101032]. */
export const AIBOT_CARDS: Readonly<Record<string, Shape>> = {
  text_notice: {
    fields: {
      card_type: P.card_type,
      source: P.source,
      action_menu: P.action_menu,
      main_title: P.main_title,
      emphasis_content: object({ title: text(), desc: text() }),
      quote_area: P.quote_area,
      sub_title_text: text(),
      horizontal_content_list: P.horizontal_content_list,
      jump_list: P.jump_list,
      card_action: P.card_action,
      ...TAIL
    },
    rules: [oneOf('main_title.title', 'sub_title_text'), menuHasTask]
  },
  news_notice: {
    fields: {
      card_type: P.card_type,
      source: P.source,
      action_menu: P.action_menu,
      main_title: required(P.main_title),
      quote_area: P.quote_area,
      card_image: object({ url: text(), aspect_ratio: number({ range: [1.3, 2.25] }) }),
      image_text_area: object({ ...LINK, title: text(), desc: text(), image_url: required(text()) }),
      vertical_content_list: list(4, { title: required(text()), desc: text() }),
      horizontal_content_list: P.horizontal_content_list,
      jump_list: P.jump_list,
      card_action: P.card_action,
      ...TAIL
    },
    rules: [oneOf('card_image', 'image_text_area'), menuHasTask]
  },
  button_interaction: {
    fields: {
      card_type: P.card_type,
      source: P.source,
      action_menu: P.action_menu,
      main_title: required(P.main_title),
      quote_area: P.quote_area,
      sub_title_text: text(),
      horizontal_content_list: P.horizontal_content_list,
      jump_list: P.jump_list,
      card_action: object(LINK),
      button_selection: object({
        question_key: text({ maxBytes: 1024 }),
        title: text(),
        selected_id: text(),
        disable: flag(),
        option_list: options(10)
      }),
      button_list: required(list(6, { text: required(text()), style: number(), key: KEY }, { unique: 'key' })),
      ...TAIL,
      task_id: required(TAIL.task_id)
    }
  },
  vote_interaction: {
    fields: {
      card_type: P.card_type,
      source: P.source,
      main_title: required(P.main_title),
      checkbox: required(
        object({ question_key: KEY, option_list: options(20, { is_checked: flag() }), disable: flag(), mode: number() })
      ),
      submit_button: P.submit_button,
      ...TAIL,
      task_id: required(TAIL.task_id)
    }
  },
  multiple_interaction: {
    fields: {
      card_type: P.card_type,
      source: P.source,
      main_title: required(P.main_title),
      select_list: required(list(3, {
        question_key: KEY, title: text(), disable: flag(), selected_id: text(), option_list: options(10)
      }, { unique: 'question_key' })),
      submit_button: P.submit_button,
      ...TAIL
    }
  }
}

function actionLeadsSomewhere ({ type }: Parameters<Rule>[0]): ReturnType<Rule> {
  if (type === 1 || type === 2) return undefined
  return {
    field: 'type',
    expected: 'to be 1 (link) or 2 (mini program)',
    got: String(type),
    fix: 'The click on a notice must lead somewhere.'
  }
}

function menuHasTask ({ action_menu: menu, task_id: task }: Parameters<Rule>[0]): ReturnType<Rule> {
  if (menu === undefined || filled(task)) return undefined
  return {
    field: 'task_id',
    expected: 'to be there, as the card has an action_menu',
    got: 'none',
    fix: 'Give one: the choice comes back with it.'
  }
}
