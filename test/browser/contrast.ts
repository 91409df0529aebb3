/// <reference lib="dom" />
import type { Page } from 'playwright-core'

/**
 * Whatever on the page does not have the contrast of WCAG 2.2 AA against what is behind it: 4.5 for text, 3 for large text (1.4.3); 3 for
 * the edge of a field and for what is drawn (1.4.11). What is disabled is exempt.
 */
export async function lowContrast (page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    type Colour = [red: number, green: number, blue: number, alpha: number]
    const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D
    const parse = (text: string): Colour => {
      context.clearRect(0, 0, 1, 1)
      context.fillStyle = text
      context.fillRect(0, 0, 1, 1)
      const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data as unknown as Colour
      return [red, green, blue, alpha / 255]
    }
    const over = (above: Colour, below: Colour): Colour => [0, 1, 2].map(index => (above[index] as number) * above[3] + (below[index] as number) * (1 - above[3])).concat(1) as Colour
    const luminance = (colour: Colour) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
      const share = (colour[index] as number) / 255
      return sum + weight * (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4)
    }, 0)
    const ratio = (one: Colour, other: Colour) => {
      const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
      return (light + 0.05) / (dark + 0.05)
    }
    const canvas = parse(matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#fff')
    const behind = (element: Element | null): Colour => {
      if (element === null) return canvas
      const own = parse(getComputedStyle(element).backgroundColor)
      return own[3] === 1 ? own : over(own, behind(element.parentElement))
    }
    const opacity = (element: Element | null): number => element === null ? 1 : Number(getComputedStyle(element).opacity) * opacity(element.parentElement)
    const found = new Set<string>()
    const check = (element: Element, colour: string, least: number, what: string, ground = behind(element)) => {
      const [red, green, blue, alpha] = parse(colour)
      const measured = ratio(over([red, green, blue, alpha * opacity(element)], ground), ground)
      if (measured < least) found.add(`${measured.toFixed(2)} < ${least}: ${what} of ${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''} in .${element.parentElement?.getAttribute('class') ?? ''}: ${(element.textContent ?? '').trim().slice(0, 20)}`)
    }
    const isShown = (element: Element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && element.getClientRects().length > 0 && !element.matches(':disabled, :disabled *, .hidden')

    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode() !== null) {
      const element = walker.currentNode.parentElement as Element
      if (walker.currentNode.textContent?.trim() === '' || !isShown(element)) continue
      const { color, fontSize, fontWeight } = getComputedStyle(element)
      // 18 points, or 14 points and bold.
      const isLarge = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700)
      check(element, color, isLarge ? 3 : 4.5, 'text')
    }
    for (const element of document.querySelectorAll('input, textarea, select')) {
      if (!isShown(element)) continue
      check(element, getComputedStyle(element).color, 4.5, 'value')
      check(element, getComputedStyle(element).borderTopColor, 3, 'edge', behind(element.parentElement))
      if (element.getAttribute('placeholder') !== null) check(element, getComputedStyle(element, '::placeholder').color, 4.5, 'placeholder')
    }
    for (const element of document.querySelectorAll('.bar i, .typing i, .cursor')) if (isShown(element)) check(element, getComputedStyle(element).backgroundColor, 3, 'shape', behind(element.parentElement))
    for (const element of document.querySelectorAll('svg')) if (isShown(element)) check(element, getComputedStyle(element).stroke, 3, 'strokes')
    return [...found]
  })
}

/** Levels of the headings that are there, in order. */
export async function headings (page: Page): Promise<number[]> {
  return await page.locator('h1, h2, h3, h4, h5, h6').evaluateAll(all => all.filter(element => element.checkVisibility()).map(element => Number(element.tagName.slice(1))))
}
