import type { IntakeItem, IntakeRecord, PersonalFields } from '@quadra/formats';
import { PARSER_VERSION } from '@quadra/formats';
import type { Keyring } from '@quadra/platform/keyring';
import type { FromReader, ReadTask, SealedPersonal } from './protocol';
import { prepareRecord, storableError } from './prepare';

/** Records of one piece. A line of a flow counts as one: many small flows of a zip travel together. */
const MAX_RECORDS = 500;
const MAX_PIECE_CHARS = 2 * 1024 * 1024;

type Piece = Extract<FromReader, { type: 'piece' }>;

/** Names a sealed batch by the organization and place it belongs to. */
export const personalName = (org: string, ref: string): string => `personal/${org}/${ref}`;

const isEmpty = (fields: PersonalFields | undefined): boolean => {
  for (const _ in fields) return false;
  return true;
};

/**
 * Packs what a reader yields into pieces: the same file always gives the same pieces, because references to personal data are
 * made of their number. The parser's version is part of a reference: another version may cut a file in another way.
 */
export class PiecePacker {
  private items: string[] = [];
  private records = 0;
  private chars = 0;
  private personal: PersonalFields[] = [];
  private sealedBatches = 0;

  constructor(
    private readonly task: ReadTask,
    private readonly keyring: Keyring,
    private readonly post: (piece: Piece) => Promise<void>,
  ) {}

  async add(item: IntakeItem): Promise<void> {
    if (item.kind === 'records') {
      for (const record of item.records) await this.addRecord(record);
    } else if (item.kind === 'document') {
      this.push(JSON.stringify({ kind: 'document', format: item.format, ...(item.entry !== undefined && { entry: item.entry }) }));
    } else {
      this.push(JSON.stringify({ kind: 'document-failed', error: storableError(item.error) }));
    }
    if (this.full) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.items.length === 0) return;
    const piece: Piece = { type: 'piece', items: `[${this.items.join(',')}]`, ...this.seal() };
    this.items = [];
    this.records = 0;
    this.chars = 0;
    await this.post(piece);
  }

  private get full(): boolean {
    return this.records >= MAX_RECORDS || this.items.length >= 2 * MAX_RECORDS || this.chars >= MAX_PIECE_CHARS;
  }

  private async addRecord(record: IntakeRecord): Promise<void> {
    for (const json of prepareRecord(this.task.org, record, (fields) => this.keep(fields))) this.push(json);
    this.records += record.kind === 'flow-lines' ? record.lines.length : 1;
    if (this.full) await this.flush();
  }

  private push(json: string): void {
    this.items.push(json);
    this.chars += json.length;
  }

  private get ref(): string {
    return `${this.task.fileId}:${PARSER_VERSION}.${this.sealedBatches}`;
  }

  private keep(fields: PersonalFields | undefined): { personalRef?: string } {
    if (fields === undefined || isEmpty(fields)) return {};
    this.personal.push(fields);
    return { personalRef: `${this.ref}:${this.personal.length - 1}` };
  }

  private seal(): { personal?: SealedPersonal } {
    if (this.personal.length === 0) return {};
    const { ref } = this;
    const sealed = this.keyring.seal(Buffer.from(JSON.stringify(this.personal)), personalName(this.task.org, ref));
    this.personal = [];
    this.sealedBatches++;
    return { personal: { ref, sealed } };
  }
}
