// Not the global one, which fake timers hold: tests of an app would have to advance them once more.
import { setImmediate as turn } from 'node:timers'

/**
 * What `work` resolves to, or a rejection once `milliseconds` have passed. After a standstill of the process Node.js
 * runs timers before it reads what has come meanwhile: an answer that lies there still counts.
 */
export function withTimeout<T> (work: () => PromiseLike<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      turn(() => { reject(new Error(`no answer within ${milliseconds} ms`)) })
    }, milliseconds)
    const fail = (error: Error): void => {
      clearTimeout(timer)
      reject(error)
    }
    try {
      work().then(value => {
        clearTimeout(timer)
        resolve(value)
      }, fail)
    } catch (error) {
      fail(error as Error)
    }
  })
}
