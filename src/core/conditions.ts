import type { StreamStore } from '../streams/store.js'

/** What holds for one message beside the options of its callback. */
export interface Conditions {
  /** Origins that its media and its response_url may have. */
  readonly origins: ReadonlySet<string>
  /** The store as the producer of its stream sees it. */
  readonly storeOf?: ((store: StreamStore) => StreamStore) | undefined
}

let conditions: WeakMap<object, Conditions> | undefined

/** For what plays WeCom in this very process: nothing that a request holds can bring this about. */
export function setConditions (message: object, own: Conditions): void {
  conditions ??= new WeakMap()
  conditions.set(message, own)
}

export function conditionsOf (message: object): Conditions | undefined {
  return conditions?.get(message)
}
