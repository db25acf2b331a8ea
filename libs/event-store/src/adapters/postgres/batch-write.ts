import { type Connection, type Submittable } from 'pg';

/** The part of pg's protocol connection that a COPY needs; pg ships these methods without types. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

export interface BatchStatements {
  /** Moves the head; it must touch exactly one row, else the batch is refused by the client before any event is sent. */
  readonly moveHead: string;
  readonly copy: string;
  readonly mark: string;
}

export type BatchOutcome = 'committed' | 'fenced';

const CHUNK = 256 * 1024;

/**
 * One whole batch in one round trip: begin, move the head, COPY the events, mark the batch, commit, sent as one simple
 * query. Any error stops the server at that statement and leaves the transaction open, for the caller to roll back.
 */
export class BatchWrite implements Submittable {
  readonly done: Promise<BatchOutcome>;
  private resolve!: (outcome: BatchOutcome) => void;
  private reject!: (error: Error) => void;
  private headMoved = false;
  private refused = false;

  /** `rows` are in COPY text format; the pieces need not end with a row. */
  constructor(
    private readonly statements: BatchStatements,
    private readonly rows: readonly Buffer[],
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    const { moveHead, copy, mark } = this.statements;
    (connection as unknown as CopyConnection).query(`begin; ${moveHead}; ${copy}; ${mark}; commit`);
  }

  handleCommandComplete(message: { text: string }): void {
    if (message.text.startsWith('UPDATE')) this.headMoved = message.text === 'UPDATE 1';
  }

  handleCopyInResponse(connection: CopyConnection): void {
    if (!this.headMoved) {
      this.refused = true;
      return connection.sendCopyFail('another writer has moved the head');
    }
    for (const piece of this.rows) {
      for (let from = 0; from < piece.length; from += CHUNK) connection.sendCopyFromChunk(piece.subarray(from, from + CHUNK));
    }
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    if (this.refused)
      this.resolve('fenced'); // the server's answer to the COPY that was refused
    else this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve('committed');
  }

  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleEmptyQuery(): void {}
}
