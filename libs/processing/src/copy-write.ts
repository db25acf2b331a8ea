import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Connection, Submittable } from 'pg';

/** The part of pg's protocol connection that a COPY needs; pg ships these methods without types. */
interface CopyConnection {
  readonly stream: Socket;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** A wait for room that ends with the connection, too. */
const roomIn = async (stream: Socket): Promise<void> => {
  const ended = new AbortController();
  const { signal } = ended;
  try {
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]);
  } finally {
    ended.abort();
  }
};

/**
 * A COPY into a table: pieces in memory are sent at once, a source is asked for more as fast as the server takes it.
 * pg-copy-streams is left aside here: when the server refuses a row while later pieces still wait for the socket to drain, it
 * writes to a connection that it has let go, and takes the process down with it.
 */
export class CopyWrite implements Submittable {
  /** Settles when the server has taken or refused the whole; rejects with what the source of the pieces threw. */
  readonly done: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;
  private refused = false;

  /** `pieces` are in COPY text format; they need not end with a row. */
  constructor(
    private readonly statement: string,
    private readonly pieces: readonly Buffer[] | AsyncIterable<Buffer>,
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
    this.send(connection).catch((error: unknown) => {
      this.reject(error);
      // Refused already, the statement is over, and the connection may serve another one by now.
      if (!this.refused) connection.sendCopyFail('the rows could not be read');
    });
  }

  handleError(error: Error): void {
    this.refused = true;
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve();
  }

  handleCommandComplete(): void {}

  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleEmptyQuery(): void {}

  private async send(connection: CopyConnection): Promise<void> {
    // What is in memory anyway goes out at once: a pause for room would only make the server wait for this thread.
    const isHeld = Array.isArray(this.pieces);
    for await (const piece of this.pieces) {
      if (this.refused) return;
      connection.sendCopyFromChunk(piece);
      if (!isHeld && connection.stream.writableNeedDrain) await roomIn(connection.stream);
    }
    if (!this.refused) connection.endCopyFrom();
  }
}
