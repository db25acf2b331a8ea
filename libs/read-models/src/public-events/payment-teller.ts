import type { ClientBase } from 'pg';
import { orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { PaymentLife, TransferView } from '@quadra/domain';
import { UNBORN, transfersOf } from '@quadra/domain';
import { causeOf } from './draft';
import type { Marks, Told } from './outbox';
import { isNews, lockMarks, marksOf, moveMarks, told, writeOutbox } from './outbox';
import { migratePublicEvents } from './tables';
import { paymentDrafts } from './transfers';

const TELLER = 'payments';

/** What a batch of payment events tells the public; begun before the batch is folded, written in its transaction. */
export interface PaymentTelling {
  /**
   * One event and the life of its payment before and after it, in the order of the history for each payment.
   * @returns the transfers after it, where they had to be put together.
   */
  step(org: string, iuv: string, event: StoredEvent, before: PaymentLife, after: PaymentLife): readonly TransferView[] | undefined;
  write(): Promise<void>;
}

/** Tells the public of payments: handed to the read model that folds their lives, so that this is done once. */
export interface PaymentTeller {
  migrate(client: ClientBase): Promise<void>;
  /** @returns undefined when all of the batch was told before, as in a rebuild. */
  begin(batch: readonly StoredEvent[], tx: ClientBase): Promise<PaymentTelling | undefined>;
}

const orgsOf = (batch: readonly StoredEvent[]): string[] => [...new Set(batch.map((e) => orgOf(e.stream) as string))];

class Telling implements PaymentTelling {
  private readonly events: Told[] = [];
  private readonly reached = new Map<string, bigint>();
  private last: PaymentLife = UNBORN;
  private views: readonly TransferView[] = [];

  constructor(
    private readonly tx: ClientBase,
    private readonly marks: Marks,
  ) {}

  step(org: string, iuv: string, event: StoredEvent, before: PaymentLife, after: PaymentLife): readonly TransferView[] | undefined {
    if (!isNews(this.marks, org, event.position)) return undefined;
    if (event.position > (this.reached.get(org) ?? 0n)) this.reached.set(org, event.position);
    const views = transfersOf(after);
    const step = { org, iuv, cause: causeOf(event), before: this.viewsOf(before), after: views };
    for (const draft of paymentDrafts(step)) this.events.push(told(draft));
    this.last = after;
    this.views = views;
    return views;
  }

  /** Within a batch what was after one event is before the next. */
  private viewsOf(life: PaymentLife): readonly TransferView[] {
    if (life === this.last) return this.views;
    return life === UNBORN ? [] : transfersOf(life);
  }

  /** The marks move although nothing may be told: where the live version has been, another version must find nothing new. */
  async write(): Promise<void> {
    if (this.reached.size === 0) return;
    const locked = await lockMarks(this.tx, TELLER, [...this.reached.keys()]);
    const news = this.events.filter((d) => isNews(locked, d.org, d.cause.position)).sort(byPosition);
    await writeOutbox(this.tx, news);
    await moveMarks(this.tx, TELLER, this.reached);
  }
}

/** Payments come one after the other out of the fold, the public hears of them in the order of the history. */
const byPosition = (a: Told, b: Told): number => (a.cause.position < b.cause.position ? -1 : a.cause.position > b.cause.position ? 1 : 0);

export const paymentTeller = (): PaymentTeller => ({
  migrate: migratePublicEvents,
  begin: async (batch, tx) => {
    const marks = await marksOf(tx, TELLER, orgsOf(batch));
    return batch.some((e) => isNews(marks, orgOf(e.stream), e.position)) ? new Telling(tx, marks) : undefined;
  },
});
