import type { FlowLine } from '@quadra/domain';
import { MAX_LINES_PER_EVENT } from '@quadra/domain';
import { FieldError } from '../fields';
import type { IntakeRecord } from '../intake';
import { reject } from '../records';
import type { XmlHandlers } from '../xml';
import { HEADER_PATHS, LINE_PATH, LINE_SLOTS, type RawLine, flowLine } from './fields';

export const FLOW_ROOTS = ['FlussoRiversamento'] as const;

/** Turns the elements of a flow into its header and, line by line, into chunks and rejects in the order of the document. */
export class FlowCollector implements XmlHandlers {
  readonly roots = FLOW_ROOTS;
  readonly header = new Map<string, string>();
  /** Lines accepted so far. */
  count = 0;
  rootLine = 1;
  endLine = 1;
  /** Finished records; the owner takes them out. */
  records: IntakeRecord[] = [];
  private lines: FlowLine[] = [];
  private linesAt = 1;
  private raw: RawLine = [];
  private rawAt = 1;
  private repeated: string | undefined;
  private flows = 0;

  constructor(private readonly onLine: (line: FlowLine) => void = () => undefined) {}

  openElement(path: string, line: number): void {
    if (path === LINE_PATH) {
      this.raw = [];
      this.rawAt = line;
      this.repeated = undefined;
    } else if (path === '') {
      if (++this.flows > 1) throw new FieldError('FlussoRiversamento', 'FIELD_REPEATED', 'A document holds one flow');
      this.rootLine = line;
    }
  }

  text(path: string, value: string): void {
    const slot = LINE_SLOTS.get(path);
    if (slot !== undefined) {
      if (this.raw[slot] !== undefined) this.repeated = path.slice(LINE_PATH.length + 1);
      this.raw[slot] = value;
    } else if (HEADER_PATHS.has(path)) {
      if (this.header.has(path)) throw new FieldError(path, 'FIELD_REPEATED', `${path} stands twice`);
      this.header.set(path, value);
    }
  }

  closeElement(path: string, line: number): void {
    if (path === LINE_PATH) this.finishLine();
    else if (path === '') {
      this.endLine = line;
      this.flush();
    }
  }

  private finishLine(): void {
    try {
      if (this.repeated !== undefined) throw new FieldError(this.repeated, 'FIELD_REPEATED', `${this.repeated} stands twice`);
      this.accept(flowLine(this.raw));
    } catch (error) {
      this.records.push(reject(this.rawAt, error));
    }
  }

  private accept(line: FlowLine): void {
    if (this.lines.length === 0) this.linesAt = this.rawAt;
    this.lines.push(line);
    this.count++;
    this.onLine(line);
    if (this.lines.length === MAX_LINES_PER_EVENT) this.flush();
  }

  private flush(): void {
    if (this.lines.length === 0) return;
    this.records.push({ kind: 'flow-lines', line: this.linesAt, from: this.count - this.lines.length, lines: this.lines });
    this.lines = [];
  }
}
