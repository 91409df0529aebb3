import { flag, list, number, object, oneOf, required, requiredFor, text, type Field, type Shape } from './field.js'

const KEY = required(text({ maxBytes: 1024 }))
const LINK = { Type: number(), Url: text(), AppId: text(), PagePath: text() }
const ACTION = { Title: text(), Url: text(), AppId: text(), PagePath: text() }
const OPTION = { Id: required(text({ maxBytes: 128 })), Text: required(text()) }
const options = (most: number, extra: Record<string, Field> = {}): Field =>
  list(most, { ...OPTION, ...extra }, { items: [1, most] })

/** The parts, so that every card below shows its own order. */
const P = {
  CardType: required(text()),
  Source: object({ IconUrl: text(), Desc: text(), DescColor: number() }),
  ActionMenu: object({
    Desc: text(),
    ActionList: list(10, { Text: required(text()), Key: KEY }, { items: [1, 10], unique: 'Key' })
  }),
  MainTitle: object({ Title: text(), Desc: text() }),
  QuoteArea: object({ ...LINK, Title: text(), QuoteText: text() }),
  HorizontalContentList: list(6, {
    KeyName: required(text()), Value: text(), Type: number(), Url: text(), MediaId: text(), UserId: text()
  }, { rules: [requiredFor('Type', { 1: 'Url', 2: 'MediaId', 3: 'UserId' })] }),
  JumpList: list(3, { Title: required(text()), ...LINK }),
  CardAction: required(object({ Type: required(number()), ...ACTION })),
  SubmitButton: required(object({ Text: required(text()), Key: KEY }))
}

/** The template cards of an app by CardType [90241]. */
export const APP_CARDS: Readonly<Record<string, Shape>> = {
  text_notice: {
    fields: {
      CardType: P.CardType,
      Source: P.Source,
      ActionMenu: P.ActionMenu,
      MainTitle: P.MainTitle,
      EmphasisContent: object({ Title: text(), Desc: text() }),
      QuoteArea: P.QuoteArea,
      SubTitleText: text(),
      HorizontalContentList: P.HorizontalContentList,
      JumpList: P.JumpList,
      CardAction: P.CardAction
    },
    rules: [oneOf('MainTitle.Title', 'SubTitleText')]
  },
  news_notice: {
    fields: {
      CardType: P.CardType,
      Source: P.Source,
      ActionMenu: P.ActionMenu,
      MainTitle: P.MainTitle,
      QuoteArea: P.QuoteArea,
      CardImage: object({ Url: text(), AspectRatio: number({ range: [1.3, 2.25] }) }),
      ImageTextArea: object({ ...LINK, Title: text(), Desc: text(), ImageUrl: required(text()) }),
      VerticalContentList: list(4, { Title: required(text()), Desc: text() }),
      HorizontalContentList: P.HorizontalContentList,
      JumpList: P.JumpList,
      CardAction: P.CardAction
    },
    rules: [oneOf('CardImage', 'ImageTextArea')]
  },
  button_interaction: {
    fields: {
      CardType: P.CardType,
      Source: P.Source,
      ActionMenu: P.ActionMenu,
      MainTitle: P.MainTitle,
      QuoteArea: P.QuoteArea,
      SubTitleText: text(),
      HorizontalContentList: P.HorizontalContentList,
      JumpList: P.JumpList,
      CardAction: object({ Type: number(), ...ACTION }),
      ButtonSelection: object({
        QuestionKey: text({ maxBytes: 1024 }),
        Title: text(),
        SelectedId: text(),
        Disable: flag(),
        OptionList: options(10)
      }),
      ButtonList: required(list(6, { Text: required(text()), Style: number(), Key: KEY }, { unique: 'Key' })),
      ReplaceText: text()
    }
  },
  vote_interaction: {
    fields: {
      CardType: P.CardType,
      Source: P.Source,
      MainTitle: P.MainTitle,
      CheckBox: required(
        object({
          QuestionKey: KEY,
          OptionList: required(options(20, { IsChecked: flag() })),
          Disable: flag(),
          Mode: number()
        })
      ),
      SubmitButton: P.SubmitButton,
      ReplaceText: text()
    }
  },
  multiple_interaction: {
    fields: {
      CardType: P.CardType,
      Source: P.Source,
      MainTitle: P.MainTitle,
      SelectList: required(list(3, {
        QuestionKey: KEY, Title: text(), SelectedId: text(), Disable: flag(), OptionList: required(options(10))
      }, { unique: 'QuestionKey' })),
      SubmitButton: P.SubmitButton,
      ReplaceText: text()
    }
  }
}
