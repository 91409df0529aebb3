/** Where the card comes from: icon and name at its top. */
export interface AppCardSource {
  IconUrl?: string
  /** 13 characters suggested. */
  Desc?: string
  /** 0 grey (default), 1 black, 2 red, 3 green. */
  DescColor?: 0 | 1 | 2 | 3
}

/** Title and its explanation. */
export interface AppCardMainTitle {
  /** 26 characters suggested. */
  Title?: string
  /** 30 characters suggested. */
  Desc?: string
}

/** A line of key and value; up to 6. */
export interface AppCardHorizontalContent {
  /** 5 characters suggested. */
  KeyName: string
  /** 26 characters suggested; with Type 2 the file's name. */
  Value?: string
  /** 0 text (default), 1 link (needs Url), 2 attachment (needs MediaId), 3 member (needs UserId). */
  Type?: 0 | 1 | 2 | 3
  Url?: string
  MediaId?: string
  UserId?: string
}

/** A line of title and text below the picture; up to 4. */
export interface AppCardVerticalContent {
  /** 26 characters suggested. */
  Title: string
  /** 112 characters suggested. */
  Desc?: string
}

/** A link at the foot of the card; up to 3. */
export interface AppCardJump {
  /** 13 characters suggested. */
  Title: string
  /** 0 no link (default), 1 link, 2 mini program. */
  Type?: 0 | 1 | 2
  Url?: string
  AppId?: string
  PagePath?: string
}

/** Where a click on the card leads. */
export interface AppCardAction {
  /** 1 link, 2 mini program. */
  Type: 1 | 2
  Title?: string
  Url?: string
  AppId?: string
  PagePath?: string
}

/** A quotation. */
export interface AppCardQuoteArea {
  /** 0 no link (default), 1 link, 2 mini program. */
  Type?: 0 | 1 | 2
  Url?: string
  AppId?: string
  PagePath?: string
  Title?: string
  QuoteText?: string
}

/** The menu in the card's corner; a choice comes as template_card_menu_event. */
export interface AppCardActionMenu {
  Desc?: string
  /** 1 to 10; Key up to 1024 bytes, no two alike. */
  ActionList?: ReadonlyArray<{ Text: string, Key: string }>
}

/** A choice of a list. */
export interface AppCardOption {
  /** Up to 128 bytes. */
  Id: string
  /** 10 characters suggested (11 in a vote). */
  Text: string
}

/** The button that sends the choices. */
export interface AppCardSubmitButton {
  /** 10 characters suggested. */
  Text: string
  /** Comes back as EventKey; up to 1024 bytes. */
  Key: string
}

/** What notices and button cards share. */
interface AppNoticeParts {
  Source?: AppCardSource
  ActionMenu?: AppCardActionMenu
  MainTitle?: AppCardMainTitle
  QuoteArea?: AppCardQuoteArea
  /** Up to 6. */
  HorizontalContentList?: readonly AppCardHorizontalContent[]
  /** Up to 3. */
  JumpList?: readonly AppCardJump[]
}

/** 文本通知 Text notice [90241]; MainTitle.Title or SubTitleText is required. */
export interface AppTextNoticeCard extends AppNoticeParts {
  CardType: 'text_notice'
  /** The number that counts, in large type: Title 10, Desc 15 characters suggested. */
  EmphasisContent?: { Title?: string, Desc?: string }
  /** 112 characters suggested. */
  SubTitleText?: string
  CardAction: AppCardAction
}

/** 图文展示 News notice [90241]; CardImage or ImageTextArea is required. */
export interface AppNewsNoticeCard extends AppNoticeParts {
  CardType: 'news_notice'
  /** AspectRatio (width by height) from 1.3 (default) to 2.25. */
  CardImage?: { Url?: string, AspectRatio?: number }
  /** A picture with text beside it. Type: 0 no link (default), 1 link, 2 mini program. */
  ImageTextArea?: {
    Type?: 0 | 1 | 2
    Url?: string
    AppId?: string
    PagePath?: string
    Title?: string
    Desc?: string
    ImageUrl: string
  }
  /** Up to 4. */
  VerticalContentList?: readonly AppCardVerticalContent[]
  CardAction: AppCardAction
}

/** 按钮交互 Buttons [90241]. */
export interface AppButtonInteractionCard extends AppNoticeParts {
  CardType: 'button_interaction'
  /** 112 characters suggested. */
  SubTitleText?: string
  /** Type 0 or absent: the card leads nowhere. */
  CardAction?: Omit<AppCardAction, 'Type'> & { Type?: 0 | 1 | 2 }
  /** A drop-down list: QuestionKey up to 1024 bytes, 1 to 10 options. */
  ButtonSelection?: {
    QuestionKey?: string
    Title?: string
    SelectedId?: string
    Disable?: boolean
    OptionList?: readonly AppCardOption[]
  }
  /** 1 to 6; Style 1 to 4; Key comes back as EventKey, up to 1024 bytes, no two alike. */
  ButtonList: ReadonlyArray<{ Text: string, Style?: 1 | 2 | 3 | 4, Key: string }>
  /** Shown on the button that was clicked; the buttons can no longer be clicked. */
  ReplaceText?: string
}

/** 投票选择 Vote [90241]. */
export interface AppVoteInteractionCard {
  CardType: 'vote_interaction'
  Source?: AppCardSource
  MainTitle?: AppCardMainTitle
  CheckBox: {
    /** Up to 1024 bytes. */
    QuestionKey: string
    /** 1 to 20. */
    OptionList: ReadonlyArray<AppCardOption & { IsChecked?: boolean }>
    Disable?: boolean
    /** 0 one choice (default), 1 several. */
    Mode?: 0 | 1
  }
  SubmitButton: AppCardSubmitButton
  /** Shown on the button; it can no longer be clicked. */
  ReplaceText?: string
}

/** 多项选择 Multiple choice [90241]. */
export interface AppMultipleInteractionCard {
  CardType: 'multiple_interaction'
  Source?: AppCardSource
  MainTitle?: AppCardMainTitle
  /**
   * 1 to 3 drop-down lists; QuestionKey up to 1024 bytes, no two alike; Title 13 characters suggested; 1 to 10 options.
   */
  SelectList: ReadonlyArray<{
    QuestionKey: string
    Title?: string
    SelectedId?: string
    Disable?: boolean
    OptionList: readonly AppCardOption[]
  }>
  SubmitButton: AppCardSubmitButton
  /** Shown on the button; it can no longer be clicked. */
  ReplaceText?: string
}

/** A template card of an app as a passive reply spells it [90241]; CardType tells which. */
export type AppTemplateCard =
  AppTextNoticeCard | AppNewsNoticeCard | AppButtonInteractionCard | AppVoteInteractionCard | AppMultipleInteractionCard
