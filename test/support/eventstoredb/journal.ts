import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type ProposedEvent } from './events';

export interface JournalEntry {
  readonly stream: string;
  readonly created: number;
  readonly events: readonly ProposedEvent[];
}

interface Line {
  readonly stream: string;
  readonly created: number;
  readonly events: readonly { id: string; type: string; contentType: string; data: string; metadata: string }[];
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** The log of the double in a file, one line an append: what was written before a kill -9 is there at the next start. */
export class Journal {
  private readonly file: number;

  constructor(private readonly path: string) {
    this.file = openSync(path, 'a+', 0o600);
  }

  /** All whole lines; a line torn by a kill is cut off, its append was never answered. */
  load(): JournalEntry[] {
    const content = existsSync(this.path) ? readFileSync(this.path) : Buffer.alloc(0);
    const whole = content.lastIndexOf('\n') + 1;
    if (whole < content.length) ftruncateSync(this.file, whole);
    const lines = content.subarray(0, whole).toString().split('\n').filter(Boolean);
    return lines.map((line) => {
      const { stream, created, events } = JSON.parse(line) as Line;
      return { stream, created, events: events.map((e) => ({ ...e, data: bytes(e.data), metadata: bytes(e.metadata) })) };
    });
  }

  write({ stream, created, events }: JournalEntry): void {
    const line: Line = {
      stream,
      created,
      events: events.map(({ id, type, contentType, data, metadata }) => ({
        id,
        type,
        contentType,
        data: base64(data),
        metadata: base64(metadata),
      })),
    };
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}
