import type { Redis } from 'ioredis'

// A run as Redis has it, for tests that look at it or change it. Moments are milliseconds since 1970 here.

const FIELDS = ['state', 'owner', 'attempts', 'lease', 'keep', 'attached', 'doubted', 'joined', 'collected'] as const
const MOMENTS = ['lease', 'keep', 'attached', 'doubted']

type Field = typeof FIELDS[number] | 'reply'

/** The fields that are there; none where there is no run. */
export async function fieldsOf (client: Redis, key: string): Promise<Partial<Record<Field, string>>> {
  const name = `wecom:run:${key}`
  const [text, end] = [await client.get(name), await client.pexpiretime(name)]
  if (text === null) return {}
  const line = text.indexOf('\n')
  const words = text.slice(0, line).split(' ')
  const fields: Partial<Record<Field, string>> = line + 1 < text.length ? { reply: text.slice(line + 1) } : {}
  for (const [place, field] of FIELDS.entries()) {
    const word = words[place] as string
    if (word !== '-') fields[field] = MOMENTS.includes(field) ? String(end - Number(word)) : word
  }
  return fields
}

/** As HSET would: names and values in turn. */
export async function changeRun (client: Redis, key: string, ...changes: Array<string | number>): Promise<void> {
  const name = `wecom:run:${key}`
  const fields = await fieldsOf(client, key)
  for (let at = 0; at < changes.length; at += 2) fields[changes[at] as Field] = String(changes[at + 1])
  const end = await client.pexpiretime(name)
  const words = FIELDS.map(field => {
    const value = fields[field]
    return value === undefined ? '-' : MOMENTS.includes(field) ? end - Number(value) : value
  })
  await client.set(name, `${words.join(' ')}\n${fields.reply ?? ''}`, 'KEEPTTL')
}
