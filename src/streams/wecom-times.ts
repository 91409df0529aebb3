/*
 * What WeCom does in time with the streams of bots, in milliseconds: it asks for six minutes from the message on
 * [101031], and takes one message at a response_url for an hour [101138].
 */

/** Nobody asks for a stream any more so long after it began, with room for clocks and queues. */
export const ASKED_AT_MOST = 7 * 60_000

/** How long what has ended is told: polls that were lost or came too late come again within it. */
export const KEEP_ENDED = 60_000

/** How long a name is claimed: as a response_url lives. */
export const KEEP_CLAIM = 60 * 60_000
