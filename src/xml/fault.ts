/** Why a document was refused. The text may be logged: it never quotes the document. */
export class XmlFault extends Error {}
