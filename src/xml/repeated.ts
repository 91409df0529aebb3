/** What XML gave several times under one name. */
export class Repeated extends Array<unknown> {}
