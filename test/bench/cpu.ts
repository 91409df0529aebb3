/** Microseconds of processor time that this process has had since its start. */
export function cpuTime (): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
