import type { FlowHeader, FlowLife, FlowLine, SettlementFlowCommand, SettlementFlowEvent } from '@quadra/domain';
import { versionKey } from '@quadra/domain';
import type { PreparedRecord } from '../protocol';
import type { ImportOrigin, Works } from './context';
import { metaOf } from './context';
import { FLOW } from './rules';
import { StreamWork } from './stream-work';
import type { DocumentState } from './tally';

type FlowRecord = Extract<PreparedRecord, { kind: 'flow' | 'flow-lines' | 'flow-end' }>;

/** A flow that fits goes into the store whole, as one append: lines are held until about so many bytes wait. */
const MAX_HELD_BYTES = 560 * 1024;

const roughBytes = (lines: readonly FlowLine[]): number => lines.reduce((sum, [iuv, iur]) => sum + iuv.length + iur.length + 48, 0);

/** The flow that is being read: its version, and whether another version claims the same date-time and revision. */
interface OpenFlow {
  readonly work: StreamWork<SettlementFlowCommand, FlowLife, SettlementFlowEvent>;
  readonly version: string;
  rival: boolean;
  heldBytes: number;
}

/** Versions stand in the life of a flow in the order in which they came: only an earlier one makes this one the rival. */
const cameAfterRival = (header: FlowHeader, version: string, before: FlowLife): boolean => {
  for (const [key, known] of Object.entries(before.versions)) {
    if (key === version) return false;
    if (!known.voided && known.header.flowDateTime === header.flowDateTime && known.header.revision === header.revision) return true;
  }
  return false;
};

/** Gathers settlement flows, which may be longer than one piece of their file. */
export class FlowIntake {
  private open: OpenFlow | undefined;
  private ready: OpenFlow[] = [];

  constructor(private readonly origin: ImportOrigin) {}

  add(document: DocumentState, record: FlowRecord): void {
    if (record.kind === 'flow') this.start(document, record);
    else if (!this.open) throw new Error(`A ${record.kind} without its flow at line ${record.line}`);
    else if (record.kind === 'flow-lines') this.lines(this.open, document, record);
    else this.end(this.open, document, record);
  }

  /** Hands over the works that are due: flows that have ended, and a long one that has grown too large to be held. */
  flush(works: Works): void {
    const due = this.open && this.open.heldBytes > MAX_HELD_BYTES ? [...this.ready, this.open] : this.ready;
    for (const flow of due) {
      works.resume(flow.work);
      flow.heldBytes = 0;
    }
    this.ready = [];
  }

  private start(document: DocumentState, { stream, line, header }: Extract<FlowRecord, { kind: 'flow' }>): void {
    const version = versionKey(header);
    // Two versions of one flow in one piece share a work, so that they are appended in order.
    const shared = this.ready.find((flow) => flow.work.stream === stream);
    const work = shared?.work ?? new StreamWork(stream, FLOW, this.origin.fileId);
    const flow: OpenFlow = { work, version, rival: false, heldBytes: 0 };
    work.add({
      command: { type: 'OpenVersion', header },
      meta: metaOf(this.origin, document, line),
      settle: (_, before) => {
        flow.rival = cameAfterRival(header, version, before);
      },
    });
    this.open = flow;
  }

  private lines(flow: OpenFlow, document: DocumentState, { line, from, lines }: Extract<FlowRecord, { kind: 'flow-lines' }>): void {
    flow.heldBytes += roughBytes(lines);
    flow.work.add({
      command: { type: 'AddLines', version: flow.version, from, lines },
      meta: metaOf(this.origin, document, line, from),
      settle: (facts) => {
        let recorded = 0;
        let cents = 0;
        for (const fact of facts) {
          if (fact.type !== 'SettlementLinesReported') continue;
          recorded += fact.data.lines.length;
          for (const entry of fact.data.lines) cents += entry[3];
        }
        document.tally.add(flow.rival ? 'conflicting' : 'recorded', recorded, flow.rival ? 0 : cents);
        document.tally.add('unchanged', lines.length - recorded);
      },
    });
  }

  private end(flow: OpenFlow, document: DocumentState, record: Extract<FlowRecord, { kind: 'flow-end' }>): void {
    const { line, count, linesCents, revokedCents } = record;
    flow.work.add({
      command: { type: 'CompleteVersion', version: flow.version, count, linesCents, revokedCents },
      meta: metaOf(this.origin, document, line, 'end'),
      settle: () => undefined,
    });
    this.ready.push(flow);
    this.open = undefined;
  }
}
