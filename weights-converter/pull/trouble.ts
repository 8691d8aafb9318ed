// What can go wrong with a server, by what is to be done: try again, start the file afresh, take it in one piece, or ask another
// mirror. Nothing of it reaches users as it is: pull.ts gathers the reasons.

export type Remedy =
  /** The connection failed, or the server is busy: the same again, later. */
  | 'retry'
  /** The file on the server is not the one that was begun. */
  | 'afresh'
  /** The server does not give parts of files. */
  | 'whole'
  /** This server is of no use for this file. */
  | 'elsewhere'

export class Trouble extends Error {
  readonly remedy: Remedy
  /** Milliseconds that the server asks to be left alone for. */
  readonly wait: number | undefined
  constructor(remedy: Remedy, message: string, { wait, cause }: { wait?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause })
    this.remedy = remedy
    this.wait = wait
  }
}

/** A failure of a connection as a trouble; what is no such failure stays what it is. */
export function connectionTrouble(error: unknown): unknown {
  if (error instanceof Trouble || !(error instanceof Error)) return error
  // Errors of undici and of sockets have a code; a mistake in this program has none.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined || code === 'ABORT_ERR' || code === 'UND_ERR_ABORTED') return error
  return new Trouble('retry', REASONS[code] ?? `${error.message || code}`, { cause: error })
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers at that address',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'there is no such host, or no network',
  EAI_AGAIN: 'the host’s name cannot be looked up now',
  ETIMEDOUT: 'it does not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer in time',
  UND_ERR_BODY_TIMEOUT: 'it fell silent in the middle',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'it sent another number of bytes than it said',
}

/** The reason in words. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
