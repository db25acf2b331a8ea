import { toCents } from '@quadra/kernel';
import type { FlowHeader, FlowLine } from '@quadra/domain';
import { FormatError, type IntakeRecord, type ReaderContext, type Source } from '../intake';
import { MAX_HELD, SourceChanged, fatal } from '../records';
import { xmlSteps } from '../xml';
import { ContentHash } from './canonical';
import { FlowCollector } from './collector';
import { REVOKED, flowHeader } from './fields';

interface Survey {
  readonly header: FlowHeader;
  readonly rootLine: number;
  readonly end: IntakeRecord & { readonly kind: 'flow-end' };
  /** Everything between header and end, when it is small enough to be kept. */
  readonly held: readonly IntakeRecord[] | undefined;
}

class Totals {
  lines = 0;
  revoked = 0;
  readonly hash = new ContentHash();

  readonly add = (line: FlowLine): void => {
    this.lines += line[3];
    if (line[4] === REVOKED) this.revoked += line[3];
    if (!Number.isSafeInteger(this.lines))
      throw new FormatError('AMOUNT_OVERFLOW', 'The lines add up to more than can be counted in cents');
    this.hash.add(line);
  };
}

const sizeOf = (record: IntakeRecord): number => (record.kind === 'flow-lines' ? record.lines.length : 1);

/** The first reading: everything is checked, figures and hash are computed, records are kept while they are few. */
const survey = async (source: Source, ctx: ReaderContext, maxHeld: number): Promise<Survey> => {
  const totals = new Totals();
  const collector = new FlowCollector(totals.add);
  let held: IntakeRecord[] | undefined = [];
  let size = 0;
  try {
    for await (const _ of xmlSteps(source, collector)) {
      size += collector.records.reduce((sum, record) => sum + sizeOf(record), 0);
      if (size > maxHeld) held = undefined;
      held?.push(...collector.records);
      collector.records = [];
    }
    held?.push(...collector.records);
    const header = flowHeader(collector.header, ctx.org);
    const { count, rootLine, endLine } = collector;
    const [linesCents, revokedCents] = [toCents(totals.lines), toCents(totals.revoked)];
    return {
      header: { ...header, contentHash: totals.hash.finish(header) },
      rootLine,
      end: { kind: 'flow-end', line: endLine, count, linesCents, revokedCents },
      held,
    };
  } catch (error) {
    throw fatal(error, collector.rootLine);
  }
};

/** The second reading of a long flow: chunks as they come. */
async function* again(source: Source, expected: Survey): AsyncGenerator<IntakeRecord[]> {
  const totals = new Totals();
  const collector = new FlowCollector(totals.add);
  for await (const _ of xmlSteps(source, collector)) {
    if (collector.records.length === 0) continue;
    yield collector.records;
    collector.records = [];
  }
  if (collector.records.length > 0) yield collector.records;
  if (totals.hash.finish(expected.header) !== expected.header.contentHash)
    throw new SourceChanged(`${source.name} changed while it was read`);
}

/** Records that carry up to 500 lines each travel a few at a time, so that a consumer never holds more than some thousand lines. */
function* bounded(records: readonly IntakeRecord[]): Generator<IntakeRecord[]> {
  let group: IntakeRecord[] = [];
  let size = 0;
  for (const record of records) {
    if (size > 0 && size + sizeOf(record) > 2 * 500) {
      yield group;
      [group, size] = [[], 0];
    }
    group.push(record);
    size += sizeOf(record);
  }
  if (group.length > 0) yield group;
}

/**
 * Reads a settlement flow (*flusso di rendicontazione*, FdR) from XML: `flow` with its content hash, then `flow-lines` of
 * at most 500, rejects between them, then `flow-end` with the figures found. Flows above 20,000 lines are read twice, so
 * memory stays flat.
 * @throws FormatError before anything was delivered: XML that is not well-formed, a header that breaks its rules, or
 * `ORGANIZATION_MISMATCH` when the receiver is another organization.
 */
export async function* readSettlementFlowXml(source: Source, ctx: ReaderContext, maxHeld = MAX_HELD): AsyncGenerator<IntakeRecord[]> {
  const found = await survey(source, ctx, maxHeld);
  yield [{ kind: 'flow', line: found.rootLine, header: found.header }];
  if (found.held !== undefined) yield* bounded(found.held);
  else for await (const records of again(source, found)) yield* bounded(records);
  yield [found.end];
}
