import type { Connection, Submittable } from 'pg';

/** The part of pg's protocol connection that a COPY needs; pg ships these methods without types. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/**
 * A COPY of rows that are all at hand. pg-copy-streams is for streams: when the server refuses a row while later pieces still
 * wait for the socket to drain, it writes to a connection that it has let go, and takes the process down with it.
 */
export class CopyWrite implements Submittable {
  /** Settles when the server has taken or refused the whole. */
  readonly done: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: Error) => void;

  /** `pieces` are in COPY text format. */
  constructor(
    private readonly statement: string,
    private readonly pieces: readonly Buffer[],
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    (connection as unknown as CopyConnection).query(this.statement);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    for (const piece of this.pieces) connection.sendCopyFromChunk(piece);
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve();
  }

  handleCommandComplete(): void {}

  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleEmptyQuery(): void {}
}
