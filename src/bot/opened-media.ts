/** A file that is being downloaded and decrypted. */
export interface OpenedMedia {
  /**
   * The decrypted bytes. Whether they are whole is only certain at the end: the padding is checked there. Fails with a
   * WecomError (WECOM_MEDIA_CORRUPT, WECOM_MEDIA_TOO_LARGE) or the reason of `signal`. `cancel()` ends the download.
   */
  readonly stream: ReadableStream<Uint8Array>
  /** By the first bytes, else by the server's word or the file's name; `application/octet-stream` where none tells. */
  readonly contentType: string
  /** Fit to be a name in a directory, whatever the server says; `undefined` where it says nothing. */
  readonly fileName: string | undefined
  /** All of it, in memory. Reads `stream`: use one of the two. */
  bytes (): Promise<Uint8Array>
}
