/** The colour of an outcome. */
export function tone (outcome: string): 'good' | 'bad' | 'warn' | '' {
  if (outcome === 'accepted') return 'good'
  if (outcome === 'running' || outcome === 'stopped') return ''
  return outcome === 'timeout' || outcome === 'dropped' ? 'warn' : 'bad'
}
