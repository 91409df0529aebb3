import { readFileSync } from 'node:fs'

/*
 * What the JSON files of this folder hold, as it stands there. docs/CONTRIBUTING.md, "Add a message kind", goes through
 * it.
 */

/**
 * What a field is. `id` and `text` are strings in XML and in JSON; `number` and `time` (Unix seconds) are numbers;
 * `joined` is a list in one string and stays that string; `object` holds the fields below its path.
 */
export type FieldType = 'id' | 'text' | 'number' | 'time' | 'joined' | 'object'

export interface Field {
  /** Dotted, from the root. */
  path: string
  type: FieldType
  /** Repeats: an array even when one came. */
  list?: boolean
  /** May be absent. */
  optional?: boolean
  /** What an editor shows beside the field. */
  note?: string
}

/** One message as WeCom writes it: XML, or the object that its JSON stands for. */
export interface Sample {
  variant?: string
  xml?: string
  json?: object
}

/** What a message is by its discriminants: it decides how the key is read and what the interface is called. */
export type Category = 'message' | 'event' | 'info' | 'aibot' | 'groupbot' | 'payment'

/** bases.json: the fields that many kinds have in common, and the interface that declares them. */
export interface BaseSource {
  /** The name of the interface. */
  name: string
  category: Category
  /** The base that it adds to. */
  extends?: string
  /** The lines above the interface. */
  doc: string[]
  /** Discriminants that are the same in all kinds of the base. */
  literals?: Record<string, string>
  /** Discriminants that no kind of the base has, so that checking one of them narrows the union of all messages. */
  never?: string[]
  fields: Field[]
}

/** replies.json: by name, the kinds of passive reply that WeCom takes. */
export type ReplySets = Record<string, string[]>

export interface Bilingual {
  zh: string
  en: string
}

/** <family>.json: one kind. */
export interface EntrySource {
  /** The router key: docs/messages.md tells how it is made. */
  key: string
  /** Whose fields it has beside its own: a name of bases.json. */
  base: string
  title: Bilingual
  /** Which of WeCom's callback settings it comes by. */
  scene: string
  /** Which apps get it; absent where the page does not say. */
  openTo?: string[]
  /** Which of a suite's or provider's callback URLs it goes to; absent where there is one. */
  url?: string
  /** A bot's: in which chats. */
  chatTypes?: string[]
  /** Which passive replies WeCom takes: a name of replies.json. Absent: none, what a handler returns is ignored. */
  replies?: string
  /** How it is answered, where that is not the usual: `success` to a notice, an empty 200 to the rest. */
  answer?: string
  /** `false`: WeCom sends it over its long connection only. */
  overHttp?: false
  /** Where it is not the usual 5000. */
  answerWithinMs?: number
  /** `true`: never again where the answer failed. */
  sentOnce?: true
  /** `high`: an official page shows it whole. */
  confidence: 'high' | 'medium' | 'low'
  /** Numbers of WeCom's pages. */
  docs: string[]
  /** What else to know; without a full stop where it is one sentence. */
  note?: Bilingual
  /** Other spellings of the ChangeType: they lead to the same key. */
  aliases?: string[]
  /**
   * What it has beside its base and its discriminants. A field of the base may stand here once more, to say more or to
   * differ.
   */
  fields: Field[]
  samples: Sample[]
}

/** One file of this folder, without its `.json`. */
export function readSource<Content> (name: string): Content {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as Content
}
