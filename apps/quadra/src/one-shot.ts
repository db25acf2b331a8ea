import { createHmac, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { OrgId } from '@quadra/kernel';
import { toCents } from '@quadra/kernel';
import type { CreditLife, FlowFunding, FlowLife, PaymentEvent, PaymentLife, SettlementFlowEvent, TransferView } from '@quadra/domain';
import {
  DEFAULT_SETTINGS,
  NO_CREDIT,
  NO_FLOW,
  UNBORN,
  creditId,
  decideCredit,
  decideSettlementFlow,
  evolveCredit,
  evolveFlow,
  evolvePayment,
  flowKey,
  payment,
  shownIur,
  transfersOf,
  versionKey,
} from '@quadra/domain';
import type { IntakeRecord, ReaderContext } from '@quadra/formats';
import { readFile } from '@quadra/formats';
import type { FlowStanding, StandingLine } from '@quadra/matching';
import { allocateMoney, concludePayment, diffPayment, flowStanding, parseRemittance, standingLines } from '@quadra/matching';
import { creditCommand } from '../../command/src/intake/prepare';
import { claimOf, needOf } from '../../reconciliation/src/matcher/component';
import { DEFAULT_RULE_SET } from '../../reconciliation/src/rules';
import { shownLabels, transferLabels } from '@quadra/read-models';
import { fileSource } from './file-source';

export interface OneShotOptions {
  readonly org: OrgId;
  readonly files: readonly string[];
  /** Where one line per transfer goes; left out: nowhere. */
  readonly out?: string;
  readonly usesNotifications?: boolean;
  readonly onProgress?: (done: { readonly file: string; readonly records: number }) => void;
}

export interface OneShotProblem {
  readonly file: string;
  readonly entry?: string;
  readonly line?: number;
  readonly field?: string;
  readonly code: string;
  readonly message: string;
}

export interface OneShotResult {
  readonly transfers: number;
  readonly records: number;
  readonly states: Readonly<Record<string, { count: number; cents: number }>>;
  readonly discrepancies: Readonly<Record<string, number>>;
  /** Rows and documents that were not taken in; the first 1,000. */
  readonly problems: readonly OneShotProblem[];
  readonly rejected: number;
}

/** The facts of one organization, folded by the same deciders that record them when there is a store. */
class Books {
  readonly payments = new Map<string, PaymentLife>();
  readonly flows = new Map<string, { life: FlowLife; events: SettlementFlowEvent[] }>();
  readonly credits = new Map<string, CreditLife>();
  private open = '';
  private version = '';

  take(record: IntakeRecord): void {
    switch (record.kind) {
      case 'receipt':
        return this.pay(record.iuv, { type: 'TakeInReceipt', content: record.content });
      case 'notice':
        return this.pay(record.iuv, { type: 'TakeInNotice', content: record.content });
      case 'flow':
        this.open = flowKey(record.header.iuf);
        this.version = versionKey(record.header);
        return this.report({ type: 'OpenVersion', header: record.header });
      case 'flow-lines':
        return this.report({ type: 'AddLines', version: this.version, from: record.from, lines: record.lines });
      case 'flow-end':
        return this.report({
          type: 'CompleteVersion',
          version: this.version,
          count: record.count,
          linesCents: record.linesCents,
          revokedCents: record.revokedCents,
        });
      case 'journal-row':
        for (const effect of record.effects) this.credit(effect);
        return;
      default:
        return;
    }
  }

  private pay(iuv: string, command: Parameters<typeof payment.decide>[0]): void {
    const life = this.payments.get(iuv) ?? UNBORN;
    this.payments.set(iuv, payment.decide(command, life).reduce(evolvePayment, life));
  }

  private report(command: Parameters<typeof decideSettlementFlow>[0]): void {
    const flow = this.flows.get(this.open) ?? { life: NO_FLOW, events: [] };
    const events = decideSettlementFlow(command, flow.life);
    flow.events.push(...events);
    this.flows.set(this.open, { life: events.reduce(evolveFlow, flow.life), events: flow.events });
  }

  private credit(effect: Extract<IntakeRecord, { kind: 'journal-row' }>['effects'][number]): void {
    const id = creditId(effect.effect === 'booked' ? effect.content : effect.credit);
    const life = this.credits.get(id) ?? NO_CREDIT;
    this.credits.set(
      id,
      decideCredit(
        creditCommand(effect, () => ({})),
        life,
      ).reduce(evolveCredit, life),
    );
  }
}

const fundingOf = (books: Books): Map<string, FlowFunding> => {
  const needs = [...books.flows].flatMap(([key, f]) => needOf(key, f.life) ?? []);
  const known = new Set(needs.map((n) => n.flowKey));
  const claims = [...books.credits].flatMap(([id, life]) => claimOf(id, life, (key) => known.has(key)) ?? []);
  return new Map(allocateMoney(needs, claims).funding.map((f) => [flowKey(f.iuf), f]));
};

/** Concludes every payment: what a store would hold after the lifecycle has said all it has to say. */
function* concluded(books: Books, usesNotifications: boolean): Generator<[string, TransferView[]]> {
  const funding = fundingOf(books);
  const standings = new Map<string, FlowStanding>();
  const lines = new Map<string, StandingLine[]>();
  for (const [key, flow] of books.flows) {
    const standing = flowStanding(flow.life, funding.get(key));
    if (standing) standings.set(key, standing);
    for (const [iuv, own] of standingLines(flow.life, flow.events)) lines.set(iuv, [...(lines.get(iuv) ?? []), ...own]);
  }
  const rules = { ...DEFAULT_SETTINGS, usesNotifications, ruleSet: DEFAULT_RULE_SET };
  for (const iuv of [...new Set([...books.payments.keys(), ...lines.keys()])].sort()) {
    const life = books.payments.get(iuv) ?? UNBORN;
    const facts = { receipts: life.receipts, notices: life.notices, lines: lines.get(iuv) ?? [], flows: standings };
    const events: PaymentEvent[] = diffPayment(life, concludePayment(facts, rules), DEFAULT_RULE_SET);
    yield [iuv, transfersOf(events.reduce(evolvePayment, life))];
  }
}

const HEADER = 'iuv;issuer;iur;transferIndex;state;discrepancies;labels;amountCents;reportedCents;iuf';

const csvField = (text: string): string => (/[;"\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const csvLine = (iuv: string, t: TransferView, usesNotifications: boolean): string =>
  [
    iuv,
    t.issuer ?? '',
    shownIur(t.key) ?? '',
    t.key.index,
    t.state,
    t.discrepancies.map((d) => d.code).join(','),
    [...shownLabels(transferLabels(t), usesNotifications)].sort().join(','),
    t.amountCents,
    t.line?.amountCents ?? '',
    t.line?.iuf ?? '',
  ]
    .map((v) => csvField(String(v)))
    .join(';');

const MAX_PROBLEMS = 1_000;

/**
 * Reads files of one organization, matches, and writes one line per transfer: the engine's own functions, no database.
 * @throws FormatError or a system error when a file cannot be opened at all; what cannot be read inside is a problem.
 */
export const reconcileFiles = async (options: OneShotOptions): Promise<OneShotResult> => {
  const key = randomBytes(32);
  const context: ReaderContext = {
    org: options.org,
    digest: (text) => createHmac('sha256', key).update(text).digest('hex').slice(0, 32),
    parseRemittance,
  };
  const books = new Books();
  const problems: OneShotProblem[] = [];
  let [records, rejected] = [0, 0];
  const note = (problem: OneShotProblem) => {
    rejected++;
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  for (const file of options.files) {
    let entry: string | undefined;
    for await (const item of readFile(await fileSource(file), context)) {
      const at = { file, ...(entry !== undefined && { entry }) };
      if (item.kind === 'document') entry = item.entry;
      else if (item.kind === 'document-failed') note({ ...at, ...item.error });
      else {
        for (const record of item.records) {
          if (record.kind === 'reject') note({ ...at, line: record.line, field: record.field, code: record.code, message: record.message });
          else books.take(record);
        }
        records += item.records.length;
      }
    }
    options.onProgress?.({ file, records });
  }
  return { ...(await write(books, options)), records, problems, rejected };
};

const write = async (books: Books, { out, usesNotifications = false }: OneShotOptions) => {
  const stream = out === undefined ? undefined : createWriteStream(out);
  const failed = stream && new Promise<never>((_, reject) => stream.once('error', reject));
  failed?.catch(() => undefined);
  const states: Record<string, { count: number; cents: number }> = {};
  const discrepancies: Record<string, number> = {};
  let transfers = 0;
  let text = `${HEADER}\n`;
  for (const [iuv, views] of concluded(books, usesNotifications)) {
    for (const t of views) {
      transfers++;
      const state = (states[t.state] ??= { count: 0, cents: 0 });
      state.count++;
      state.cents = toCents(state.cents + t.amountCents);
      for (const d of t.discrepancies) discrepancies[d.code] = (discrepancies[d.code] ?? 0) + 1;
      if (stream) text += `${csvLine(iuv, t, usesNotifications)}\n`;
    }
    if (stream && text.length > 256 * 1024) {
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), failed]);
      text = '';
    }
  }
  if (stream) {
    stream.end(text);
    await Promise.race([once(stream, 'finish'), failed]);
  }
  return { transfers, states, discrepancies };
};
