/** What a promise rejects with. */
export async function thrownBy (promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => { throw new Error('it resolved') }, (error: unknown) => error)
}
