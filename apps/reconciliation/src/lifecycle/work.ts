import type { ClientBase } from 'pg';
import { orgOf, shortDigest, toOrg } from '@quadra/kernel';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { OrganizationEvent, OrganizationSettings, PaymentEvent } from '@quadra/domain';
import { DEFAULT_SETTINGS, UNBORN, UNKNOWN_ORGANIZATION, evolveOrganization, evolvePayment, flowKey, paymentStream } from '@quadra/domain';
import type { FlowStanding, PaymentConclusion, StandingLine } from '@quadra/matching';
import { concludePayment, diffPayment } from '@quadra/matching';
import type { Recent } from '@quadra/processing';
import { breathe, pieces } from '@quadra/processing';
import { DEFAULT_RULE_SET } from '../rules';
import type { Pair, Touch } from './docs';
import { flowsIn, fold, gist, isPlain, keyOf, linesOf, pairOf, withLines } from './docs';
import type { FlowStreams } from './flow-streams';
import { Flows } from './flows';
import type { PaymentDoc } from './tables';
import * as tables from './tables';

const ACTOR = 'system:lifecycle';

/** Payments concluded together: bounds memory when a flow of many thousand lines is touched. */
const SLICE = 5_000;

/** Payments that are concluded before others have their turn: some 20 ms of work. */
const BREATH = 250;

/** Events that are missing in the stream of a payment. */
interface Saying {
  readonly key: string;
  readonly events: readonly PaymentEvent[];
}

/** What a process remembers from batch to batch; all of it is forgotten when a batch was rolled back. */
export interface Memory {
  readonly recent: Recent<PaymentDoc>;
  readonly flows: FlowStreams;
  /** Payments known from their streams before the feed brought their first event. */
  readonly early: Set<string>;
}

/** One batch at work: what it touched is folded, concluded and said, slice by slice. */
export class Work {
  lastOutput: bigint | undefined;
  private readonly settings = new Map<string, OrganizationSettings>();
  private readonly flows: Flows;

  constructor(
    private readonly store: EventStore,
    private readonly tx: ClientBase,
    private readonly cause: StoredEvent,
    private readonly since: bigint,
    private readonly memory: Memory,
  ) {
    this.flows = new Flows(store, tx, memory.flows);
  }

  /** @returns the flows whose payments must be looked at again. */
  takeFlows(batch: readonly StoredEvent[]): Promise<string[]> {
    return this.flows.take(batch);
  }

  /** @returns the organizations whose settings changed in a way that conclusions depend on. */
  async takeSettings(batch: readonly StoredEvent[]): Promise<string[]> {
    const orgs = [...new Set(batch.map((e) => orgOf(e.stream) as string))];
    for (const [org, s] of await tables.loadSettings(this.tx, orgs)) this.settings.set(org, s);
    const before = new Map(this.settings);
    for (const event of batch) {
      if (!event.stream.startsWith('organization-')) continue;
      const org = orgOf(event.stream);
      const now = { ...UNKNOWN_ORGANIZATION, settings: this.settings.get(org) ?? DEFAULT_SETTINGS };
      this.settings.set(org, evolveOrganization(now, event as unknown as OrganizationEvent).settings);
    }
    const relevant = (s: OrganizationSettings | undefined) => `${s?.usesNotifications}|${s?.receivesSecondaryReceipts}`;
    const changed = [...this.settings].filter(([org, s]) => before.get(org) !== s);
    await tables.saveSettings(this.tx, new Map(changed));
    return changed.filter(([org, s]) => relevant(before.get(org) ?? DEFAULT_SETTINGS) !== relevant(s)).map(([org]) => org);
  }

  /** Concludes the payments of a batch: those with new facts, and those with a line in a touched flow. */
  async conclude(facts: Map<string, StoredEvent[]>, flows: readonly string[]): Promise<void> {
    let slice = new Map<string, Touch>();
    const touch = (key: string): Touch => {
      const known = slice.get(key) ?? { events: facts.get(key) ?? [], lines: new Map() };
      slice.set(key, known);
      return known;
    };
    const flush = async () => {
      const done = slice;
      slice = new Map();
      for (const key of done.keys()) facts.delete(key);
      await this.concludeSlice(done);
    };
    for await (const [flow, byIuv] of this.flows.linesOf(flows)) {
      const org = flow.slice(0, 11);
      for (const [iuv, lines] of byIuv) touch(keyOf([org, iuv])).lines.set(flow.slice(12), lines);
      if (slice.size >= SLICE) await flush();
    }
    for (const key of [...facts.keys()]) {
      touch(key);
      if (slice.size >= SLICE) await flush();
    }
    await flush();
  }

  /** A setting changed: every payment of the organization is concluded again, page by page. */
  async concludeAll(org: string): Promise<void> {
    for (let after = ''; ;) {
      const page = await tables.payments(this.tx, org, after, SLICE);
      if (page.length === 0) return;
      await this.concludeSlice(new Map(page.map((iuv) => [keyOf([org, iuv]), { events: [], lines: new Map() }])));
      after = page[page.length - 1]!;
    }
  }

  private async concludeSlice(slice: Map<string, Touch>): Promise<void> {
    if (slice.size === 0) return;
    const docs = await this.loadPayments([...slice]);
    await this.recall(docs, slice);
    const holed: string[] = [];
    for (const [key, touch] of slice) {
      const { due: _, ...doc } = docs.get(key) ?? { life: UNBORN };
      const life = fold(doc.life, touch.events);
      if (!life) holed.push(key);
      docs.set(key, withLines(life ? { ...doc, life } : { ...doc, life: UNBORN }, touch.lines));
    }
    const ahead = await this.catchUp(docs, holed);
    await this.flows.load(flowsIn(docs, slice));
    await this.say(docs, slice, ahead);
    for (const key of ahead) docs.set(key, { ...docs.get(key)!, due: [...slice.get(key)!.lines.keys()] });
    await tables.savePayments(this.tx, docs);
    for (const [key, doc] of docs) this.memory.recent.set(key, doc);
  }

  /** A payment that is born in this batch, or was concluded just now, need not be asked for. */
  private async loadPayments(slice: readonly (readonly [string, Touch])[]): Promise<Map<string, PaymentDoc>> {
    const docs = new Map<string, PaymentDoc>();
    const missing: Pair[] = [];
    for (const [key, { events }] of slice) {
      const known = this.memory.recent.get(key);
      if (known) docs.set(key, known);
      else if (!this.isBirth(key, events[0])) missing.push(pairOf(key));
    }
    for (const [key, doc] of await tables.loadPayments(this.tx, missing)) docs.set(key, doc);
    return docs;
  }

  /** The first event of a stream that no earlier process, and no look ahead, can have seen. */
  private isBirth(key: string, first: StoredEvent | undefined): boolean {
    return first?.revision === 0 && first.position > this.since && !this.memory.early.delete(key);
  }

  /** Flows that a payment was touched by while its stream was ahead of the facts. */
  private async recall(docs: ReadonlyMap<string, PaymentDoc>, slice: ReadonlyMap<string, Touch>): Promise<void> {
    const due = new Map<string, Set<string>>();
    for (const [key, doc] of docs) {
      for (const flow of doc.due ?? []) {
        const flowOf = keyOf([key.slice(0, 11), flow]);
        due.set(flowOf, (due.get(flowOf) ?? new Set()).add(key));
      }
    }
    for await (const [flow, byIuv] of this.flows.linesOf([...due.keys()].sort())) {
      for (const key of due.get(flow)!) slice.get(key)!.lines.set(flow.slice(12), byIuv.get(key.slice(12)) ?? []);
    }
  }

  private target(org: string, doc: PaymentDoc, lines: readonly StandingLine[]): PaymentConclusion {
    const flows = new Map<string, FlowStanding>();
    for (const line of lines) {
      const standing = this.flows.standing(keyOf([org, flowKey(line.iuf)]));
      if (standing) flows.set(flowKey(line.iuf), standing);
    }
    const settings = this.settings.get(org) ?? DEFAULT_SETTINGS;
    return concludePayment(
      { receipts: doc.life.receipts, notices: doc.life.notices, lines, flows },
      { ...settings, ruleSet: DEFAULT_RULE_SET },
    );
  }

  /** Appends what the streams do not say yet; where a stream moved on, reads it and looks again. */
  private async say(docs: Map<string, PaymentDoc>, slice: ReadonlyMap<string, Touch>, ahead: Set<string>): Promise<void> {
    let open = [...docs.keys()].filter((key) => !ahead.has(key));
    for (let attempt = 1; open.length; attempt++) {
      if (attempt > 5) throw new Error(`${open.length} payment streams move faster than they can be concluded`);
      open = await this.sayOnce(docs, slice, open);
      for (const key of await this.catchUp(docs, open)) ahead.add(key);
      open = open.filter((key) => !ahead.has(key));
    }
  }

  /** The store writes the first appends while the next payments are concluded. @returns the payments whose stream moved on. */
  private async sayOnce(docs: Map<string, PaymentDoc>, slice: ReadonlyMap<string, Touch>, open: readonly string[]): Promise<string[]> {
    const appends: Promise<string[]>[] = [];
    try {
      for (const keys of pieces(open, BREATH)) {
        const append = this.append(docs, this.missing(docs, slice, keys));
        append.catch(() => undefined); // reported below; until then nobody else listens
        appends.push(append);
        await breathe();
      }
    } finally {
      await Promise.allSettled(appends); // nothing of a batch that failed may still be written while it is tried again
    }
    return (await Promise.all(appends)).flat();
  }

  /** What the streams of these payments do not say yet. */
  private missing(docs: ReadonlyMap<string, PaymentDoc>, slice: ReadonlyMap<string, Touch>, keys: readonly string[]): Saying[] {
    const sayings: Saying[] = [];
    for (const key of keys) {
      const doc = docs.get(key)!;
      const org = key.slice(0, 11);
      const lines = linesOf(doc, slice.get(key)!.lines);
      if (lines.length === 0 && isPlain(doc.life, this.settings.get(org))) continue;
      const events = diffPayment(doc.life, this.target(org, doc, lines), DEFAULT_RULE_SET);
      if (events.length) sayings.push({ key, events });
    }
    return sayings;
  }

  private async append(docs: Map<string, PaymentDoc>, sayings: readonly Saying[]): Promise<string[]> {
    if (sayings.length === 0) return [];
    const requests = sayings.map(({ key, events }) => {
      const { life } = docs.get(key)!;
      const digest = shortDigest(events.map(gist).join());
      const meta = { commandId: `conclude/${life.revision + 1}/${digest}`, actor: ACTOR, $causationId: this.cause.id, schemaVersion: 1 };
      return {
        stream: paymentStream(toOrg(key.slice(0, 11)), key.slice(12)),
        expected: life.revision,
        events: events.map((e) => ({ type: e.type, data: e.data, meta })),
      };
    });
    const results = await this.store.appendMany(requests);
    const lost: string[] = [];
    for (const [i, { key, events }] of sayings.entries()) {
      const result = results[i]!;
      if (!result.ok) {
        lost.push(key);
        continue;
      }
      docs.set(key, { ...docs.get(key)!, life: events.reduce(evolvePayment, docs.get(key)!.life) });
      if (this.lastOutput === undefined || result.position > this.lastOutput) this.lastOutput = result.position;
    }
    return lost;
  }

  /** The feed will bring it, and then it is news: a conclusion of this process is not. */
  private isToCome(e: StoredEvent): boolean {
    return e.position > this.cause.position && e.position <= this.since;
  }

  /**
   * Reads streams that hold more than the feed has brought so far: another writer's facts, or our own before a crash.
   * @returns the payments of which a conclusion stands that knew more than the feed has brought (a replay): the feed will
   * bring that conclusion, and only then it is time to look again.
   */
  private async catchUp(docs: Map<string, PaymentDoc>, keys: readonly string[]): Promise<Set<string>> {
    const ahead = new Set<string>();
    if (keys.length === 0) return ahead;
    const streams = new Map(keys.map((k) => [paymentStream(toOrg(k.slice(0, 11)), k.slice(12)), k]));
    for (const [stream, events] of await this.store.readMany([...streams.keys()])) {
      const key = streams.get(stream)!;
      const doc = docs.get(key)!;
      if (events.some((e) => e.meta.actor === ACTOR && e.revision > doc.life.revision && this.isToCome(e))) ahead.add(key);
      const known = ahead.has(key) ? events.filter((e) => e.position <= this.cause.position) : events;
      docs.set(key, { ...doc, life: fold(doc.life, known) ?? fold(UNBORN, known)! });
      if (events[0]!.position > this.cause.position) this.memory.early.add(key);
      const last = events[events.length - 1]!.position;
      if (this.lastOutput === undefined || last > this.lastOutput) this.lastOutput = last;
    }
    return ahead;
  }
}
