import type { ClientBase } from 'pg';
import { orgOf, toOrg } from '@quadra/kernel';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { AllocationsChanged, SettlementFlowEvent } from '@quadra/domain';
import { NO_FLOW, evolveFlow, flowKey, settlementFlowStream } from '@quadra/domain';
import type { FlowStanding, StandingLine } from '@quadra/matching';
import { flowStanding, standingLines } from '@quadra/matching';
import { pieces } from '@quadra/processing';
import type { Pair } from './docs';
import { idOf, keyOf } from './docs';
import type { FlowStreams } from './flow-streams';
import type { FlowDoc } from './tables';
import { loadFlowDocs, saveFlowDocs } from './tables';

/** Flows whose lines are read from the store in one go. */
const READ_TOGETHER = 200;

const streamOf = (key: string): string => settlementFlowStream(toOrg(key.slice(0, 11)), key.slice(12));

const isFlow = (e: StoredEvent): boolean => e.stream.startsWith('settlementFlow-');

/** Flows with a new judgement on their money. */
const judged = (e: StoredEvent): AllocationsChanged['data']['flows'] =>
  e.type === 'AllocationsChanged' ? (e.data as AllocationsChanged['data']).flows : [];

/** The flows that a batch concerns: folded from it, and asked for as the payments of their lines see them. */
export class Flows {
  private readonly docs = new Map<string, FlowDoc>();
  private readonly standings = new Map<string, FlowStanding | undefined>();

  constructor(
    private readonly store: EventStore,
    private readonly tx: ClientBase,
    private readonly streams: FlowStreams,
  ) {}

  /** Folds flows and their funding. @returns the keys of those whose payments must be looked at again. */
  async take(batch: readonly StoredEvent[]): Promise<string[]> {
    const concerned = new Map<string, Pair>();
    for (const e of batch) {
      const org = orgOf(e.stream);
      for (const flow of isFlow(e) ? [idOf(e.stream)] : judged(e).map((f) => flowKey(f.iuf)))
        concerned.set(keyOf([org, flow]), [org, flow]);
    }
    if (concerned.size === 0) return [];
    await this.load([...concerned.values()]);
    const touched = new Set<string>();
    for (const e of batch) for (const key of isFlow(e) ? this.takeFact(e) : this.takeJudgement(e)) touched.add(key);
    await saveFlowDocs(this.tx, new Map([...concerned.keys()].map((key) => [key, this.docs.get(key)!])));
    this.standings.clear();
    return [...touched].sort();
  }

  async load(pairs: readonly Pair[]): Promise<void> {
    const missing = new Map(pairs.filter((p) => !this.docs.has(keyOf(p))).map((p) => [keyOf(p), p]));
    for (const [key, doc] of await loadFlowDocs(this.tx, [...missing.values()])) this.docs.set(key, doc);
  }

  /** The flow as its payments see it; it must have been loaded. */
  standing(key: string): FlowStanding | undefined {
    if (!this.standings.has(key)) {
      const doc = this.docs.get(key);
      this.standings.set(key, doc && flowStanding(doc.life, doc.funding));
    }
    return this.standings.get(key);
  }

  /** The lines of flows by IUV. */
  async *linesOf(flows: readonly string[]): AsyncIterable<[string, Map<string, StandingLine[]>]> {
    for (const keys of pieces(flows, READ_TOGETHER)) {
      const known = new Map(keys.map((key) => [key, this.streams.whole(key, this.docs.get(key)?.life.revision ?? -1)]));
      const unknown = keys.filter((key) => !known.get(key));
      const read = unknown.length > 0 ? await this.store.readMany(unknown.map(streamOf)) : new Map<string, StoredEvent[]>();
      for (const key of keys) {
        const events = known.get(key) ?? ((read.get(streamOf(key)) ?? []) as unknown as SettlementFlowEvent[]);
        yield [key, standingLines(events.reduce(evolveFlow, NO_FLOW), events)];
      }
    }
  }

  private takeFact(e: StoredEvent): readonly string[] {
    const key = keyOf([orgOf(e.stream), idOf(e.stream)]);
    this.streams.take(key, e);
    const doc = this.docs.get(key) ?? { life: NO_FLOW };
    if (e.revision <= doc.life.revision) return [];
    this.docs.set(key, { ...doc, life: evolveFlow(doc.life, e as unknown as SettlementFlowEvent) });
    return e.type === 'SettlementFlowCompleted' || e.type === 'SettlementFlowVoided' ? [key] : [];
  }

  private takeJudgement(e: StoredEvent): readonly string[] {
    return judged(e).map((funding) => {
      const key = keyOf([orgOf(e.stream), flowKey(funding.iuf)]);
      this.docs.set(key, { ...(this.docs.get(key) ?? { life: NO_FLOW }), funding });
      return key;
    });
  }
}
