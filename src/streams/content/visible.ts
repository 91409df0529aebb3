/**
 * Anything but white space, controls, formats (zero width), marks without a letter and fillers: WeCom's client takes a
 * text of these alone for empty.
 */
const VISIBLE = /[^\s\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Whether a text has something that people can see. */
export function hasVisible (text: string): boolean {
  return VISIBLE.test(text)
}
