import type { XmlHandlers } from '../xml';
import { ACCOUNT, MOVEMENT, OPI_ROOT } from './header';

/** `sospeso` may stand a thousand times in a movement (`maxOccurs`). */
export const MAX_PROVISIONALS = 1_000;

/** A provisional document that a collection order covers: number and amount as written. */
export interface ProvisionalPart {
  number?: string;
  amount?: string;
}

/** One `movimento_conto_evidenza` as it stands; fields by local name, those inside `cliente` and the like by path. */
export interface Movement {
  readonly line: number;
  /** Which account block of the page it stands in, from 0. */
  readonly block: number;
  readonly fields: Map<string, string>;
  readonly provisionals: ProvisionalPart[];
  /** A field that stands twice: which of the two is meant? */
  repeated?: string;
}

const PROVISIONAL = 'sospeso';
/** Where the treasurer writes what it likes, also the same element several times. */
const FREE_PART = 'dati_a_disposizione_BT/';

/** Gathers the movements of a page; the reader empties `done` after each step. */
export class MovementCollector implements XmlHandlers {
  readonly roots = [OPI_ROOT];
  done: Movement[] = [];
  private current: Movement | undefined;
  private block = -1;

  openElement(path: string, line: number): void {
    if (path === ACCOUNT) this.block++;
    else if (path === MOVEMENT) this.current = { line, block: this.block, fields: new Map(), provisionals: [] };
    else if (path === `${MOVEMENT}/${PROVISIONAL}`) this.addProvisional();
  }

  text(path: string, value: string): void {
    if (this.current === undefined || !path.startsWith(MOVEMENT)) return;
    const field = path.slice(MOVEMENT.length + 1);
    if (field.startsWith(`${PROVISIONAL}/`)) return this.provisionalField(field.slice(PROVISIONAL.length + 1), value);
    const { fields } = this.current;
    if (!fields.has(field)) fields.set(field, value);
    else if (!field.startsWith(FREE_PART)) this.current.repeated = field;
  }

  closeElement(path: string): void {
    if (path !== MOVEMENT || this.current === undefined) return;
    this.done.push(this.current);
    this.current = undefined;
  }

  /** One more than allowed is kept, so that the row can be refused. */
  private addProvisional(): void {
    if (this.current!.provisionals.length <= MAX_PROVISIONALS) this.current!.provisionals.push({});
  }

  private provisionalField(name: string, value: string): void {
    const part = this.current!.provisionals[this.current!.provisionals.length - 1]!;
    if (name === 'numero_provvisorio') part.number = value;
    else if (name === 'importo_provvisorio') part.amount = value;
  }
}
