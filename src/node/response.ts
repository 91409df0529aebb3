import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'

export type Response = ServerResponse | Http2ServerResponse

/** Nothing more can be written: the connection is gone, or the response has been sent and closed. */
export function isGone (response: Response): boolean {
  const { destroyed } = response as Partial<ServerResponse>
  // HTTP/2 has its stream instead.
  return destroyed ?? (response as Http2ServerResponse).stream?.destroyed === true
}

/** The connection is gone, and the response was not written by the handler's own hand. */
export function hasHungUp (response: Response): boolean {
  return isGone(response) && !isWritten(response)
}

/**
 * A response that is complete while its request still waits was written by the handler's own hand; HTTP/2 also calls
 * one complete whose stream was reset.
 */
function isWritten (response: Response): boolean {
  return (response as ServerResponse).writableFinished && response.writableEnded
}

/**
 * Calls the listener once the connection is gone, soon if it is gone already; another where the response was written by
 * then. Returns how to stop listening.
 */
export function onHangUp (response: Response, listener: () => void, written: () => void): () => void {
  const onClose = (): void => { (isWritten(response) ? written : listener)() }
  if (isGone(response)) queueMicrotask(onClose)
  response.once('close', onClose)
  return () => response.off('close', onClose)
}

/** WeCom takes whatever is no 200 for a failure, and sends the message again. */
export function isFailure ({ statusCode }: { statusCode: number }): boolean {
  return statusCode >= 400
}

export function sentFailure ({ statusCode }: { statusCode: number }): Error {
  return new Error(`the handler answered with status ${statusCode}: a retry of WeCom runs it again`)
}
