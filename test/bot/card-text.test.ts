import { expect, test } from 'vitest'
import { cardText } from '../../src/bot/card-text.js'

test('a card as text has what the card says: titles, texts, links, choices and buttons', () => {
  expect(cardText({ card_type: 'vote_interaction', task_id: '1', main_title: { title: '午饭' }, checkbox: { question_key: 'q', option_list: [{ id: '1', text: '面' }, { id: '2', text: '饭' }] }, submit_button: { text: '投票', key: 'k' } }))
    .toBe('**午饭**\n\n- 面\n- 饭')
  expect(cardText({ card_type: 'multiple_interaction', task_id: '1', main_title: {}, select_list: [{ question_key: 'q', title: '几点', option_list: [{ id: '1', text: '九点' }] }], submit_button: { text: '好', key: 'k' } }))
    .toBe('几点\n- 九点')
  expect(cardText({ card_type: 'button_interaction', task_id: '1', main_title: {}, button_list: [{ text: '同意', key: 'a' }, { text: '拒绝', key: 'b' }] })).toBe('同意　拒绝')
  expect(cardText({ card_type: 'news_notice', main_title: {}, image_text_area: { title: '新品', desc: '上架', url: 'https://example.com', image_url: 'https://example.com/1.png' }, card_action: { type: 1, url: 'https://example.com/more' } }))
    .toBe('[新品](https://example.com)\n\n上架\n\nhttps://example.com/more')
})

test('a card without a text of its own is its source, or says that it was one', () => {
  expect(cardText({ card_type: 'news_notice', main_title: {}, source: { desc: '小助手' }, card_action: { type: 2 } })).toBe('小助手')
  expect(cardText({ card_type: 'news_notice', main_title: {}, card_action: { type: 2 } })).toBe('（卡片）')
})

test('the text of a card links nowhere by itself, and calls nobody', () => {
  expect(cardText({ card_type: 'text_notice', main_title: { title: '[免费](https://example.org)', desc: '<@all>' }, card_action: { type: 2 } }))
    .toBe('**[免费] (https://example.org)**\n\n< @all>')
})
