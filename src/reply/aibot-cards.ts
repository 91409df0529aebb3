/** Lets the user rate the reply: the rating comes as feedback_event with this id. Counts in the first reply only. */
export interface AibotFeedback {
  /** Up to 256 bytes of UTF-8. */
  id: string
}

/** Where the card comes from: icon and name at its top. */
export interface AibotCardSource {
  icon_url?: string
  /** 13 characters suggested. */
  desc?: string
  /** 0 grey (default), 1 black, 2 red, 3 green. */
  desc_color?: 0 | 1 | 2 | 3
}

/** Title and its explanation. */
export interface AibotCardMainTitle {
  /** 26 characters suggested. */
  title?: string
  /** 30 characters suggested. */
  desc?: string
}

/** A line of key and value; up to 6. */
export interface AibotCardHorizontalContent {
  /** 5 characters suggested. */
  keyname: string
  /** 26 characters suggested. */
  value?: string
  /** 0 text (default), 1 link (url), 2 attachment (media_id), 3 member (userid). */
  type?: 0 | 1 | 2 | 3
  url?: string
  media_id?: string
  userid?: string
}

/** A line of title and text below the picture; up to 4. */
export interface AibotCardVerticalContent {
  /** 26 characters suggested. */
  title: string
  /** 112 characters suggested. */
  desc?: string
}

/** A link at the foot of the card; up to 3. */
export interface AibotCardJump {
  /** 13 characters suggested. */
  title: string
  /** 0 no link (default), 1 link, 2 mini program, 3 asks the bot `question`. */
  type?: 0 | 1 | 2 | 3
  url?: string
  appid?: string
  pagepath?: string
  /** For type 3; up to 200 bytes of UTF-8. */
  question?: string
}

/** Where a click on the card leads. */
export interface AibotCardAction {
  /** 1 link, 2 mini program. */
  type: 1 | 2
  url?: string
  appid?: string
  pagepath?: string
}

/** A quotation. */
export interface AibotCardQuoteArea {
  /** 0 no link (default), 1 link, 2 mini program. */
  type?: 0 | 1 | 2
  url?: string
  appid?: string
  pagepath?: string
  title?: string
  quote_text?: string
}

/** The menu in the card's corner; a choice comes as template_card_event. Needs the card's task_id. */
export interface AibotCardActionMenu {
  desc?: string
  /** 1 to 3; key up to 1024 bytes, no two alike. */
  action_list: ReadonlyArray<{ text: string, key: string }>
}

/** A choice of a list. */
export interface AibotCardOption {
  /** Up to 128 bytes. */
  id: string
  /** 10 characters suggested (11 in a vote). */
  text: string
}

/** The button that sends the choices. */
export interface AibotCardSubmitButton {
  /** 10 characters suggested. */
  text: string
  /** Comes back as event_key; up to 1024 bytes. */
  key: string
}

interface AibotCardBase {
  source?: AibotCardSource
  /**
   * Comes back in template_card_event: up to 128 bytes of digits, letters, `_`, `-` and `@`, unique per bot. Required
   * for buttons, votes and cards with action_menu; in an update it is the event's, filled in where it is absent.
   */
  task_id?: string
  /** Documented for replies to messages, not for the welcome card. */
  feedback?: AibotFeedback
}

interface AibotNoticeParts extends AibotCardBase {
  action_menu?: AibotCardActionMenu
  quote_area?: AibotCardQuoteArea
  /** Up to 6. */
  horizontal_content_list?: readonly AibotCardHorizontalContent[]
  /** Up to 3. */
  jump_list?: readonly AibotCardJump[]
}

/** 文本通知 Text notice [101032]; main_title.title or sub_title_text is required. */
export interface AibotTextNoticeCard extends AibotNoticeParts {
  card_type: 'text_notice'
  main_title?: AibotCardMainTitle
  /** The number that counts, in large type: title 10, desc 15 characters suggested. */
  emphasis_content?: { title?: string, desc?: string }
  /** 112 characters suggested. */
  sub_title_text?: string
  card_action: AibotCardAction
}

/** 图文展示 News notice [101032]; card_image or image_text_area is required. */
export interface AibotNewsNoticeCard extends AibotNoticeParts {
  card_type: 'news_notice'
  main_title: AibotCardMainTitle
  /** aspect_ratio (width by height) from 1.3 (default) to 2.25. */
  card_image?: { url?: string, aspect_ratio?: number }
  /** A picture with text beside it. type: 0 no link (default), 1 link, 2 mini program. */
  image_text_area?: {
    type?: 0 | 1 | 2
    url?: string
    appid?: string
    pagepath?: string
    title?: string
    desc?: string
    image_url: string
  }
  /** Up to 4. */
  vertical_content_list?: readonly AibotCardVerticalContent[]
  card_action: AibotCardAction
}

/** 按钮交互 Buttons [101032]; task_id is required. */
export interface AibotButtonInteractionCard extends AibotNoticeParts {
  card_type: 'button_interaction'
  main_title: AibotCardMainTitle
  /** 112 characters suggested. */
  sub_title_text?: string
  /** type 0 or absent: the card leads nowhere. */
  card_action?: Omit<AibotCardAction, 'type'> & { type?: 0 | 1 | 2 }
  /** A drop-down list of 1 to 10 options; question_key up to 1024 bytes. `disable` counts in updates only. */
  button_selection?: {
    question_key?: string
    title?: string
    selected_id?: string
    disable?: boolean
    option_list: readonly AibotCardOption[]
  }
  /** 1 to 6; style 1 to 4; key comes back as event_key, up to 1024 bytes, no two alike. */
  button_list: ReadonlyArray<{ text: string, style?: 1 | 2 | 3 | 4, key: string }>
}

/** 投票选择 Vote [101032]; task_id is required. */
export interface AibotVoteInteractionCard extends AibotCardBase {
  card_type: 'vote_interaction'
  main_title: AibotCardMainTitle
  checkbox: {
    /** Up to 1024 bytes. */
    question_key: string
    /** 1 to 20. */
    option_list: ReadonlyArray<AibotCardOption & { is_checked?: boolean }>
    /** Counts in updates only. */
    disable?: boolean
    /** 0 one choice (default), 1 several. */
    mode?: 0 | 1
  }
  submit_button: AibotCardSubmitButton
}

/** 多项选择 Multiple choice [101032]. */
export interface AibotMultipleInteractionCard extends AibotCardBase {
  card_type: 'multiple_interaction'
  main_title: AibotCardMainTitle
  /**
   * 1 to 3 drop-down lists; question_key up to 1024 bytes, no two alike; title 13 characters suggested; 1 to 10
   * options; `disable` counts in updates only.
   */
  select_list: ReadonlyArray<{
    question_key: string
    title?: string
    disable?: boolean
    selected_id?: string
    option_list: readonly AibotCardOption[]
  }>
  submit_button: AibotCardSubmitButton
}

/** A template card of a bot [101032]; card_type tells which. */
export type AibotTemplateCard =
  | AibotTextNoticeCard
  | AibotNewsNoticeCard
  | AibotButtonInteractionCard
  | AibotVoteInteractionCard
  | AibotMultipleInteractionCard
