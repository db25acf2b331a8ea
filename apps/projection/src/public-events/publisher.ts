import { setTimeout as sleep } from 'node:timers/promises';
import type { PublicEventSink } from '@quadra/event-feed';
import { outgoing } from '@quadra/event-feed';
import type { PublicEvents } from '@quadra/read-models';
import type { Cursors } from './cursors';
import type { OutboxWatch } from './watch';

export const PUBLISHER = 'publisher';

const PAGE = 500;
const IDLE_MS = 30_000;
const RETRY_MS = { least: 500, most: 30_000 } as const;

export interface PublisherParts {
  readonly events: Pick<PublicEvents, 'after'>;
  readonly cursors: Pick<Cursors, 'load' | 'store'>;
  readonly watch: Pick<OutboxWatch, 'waitBeyond'>;
  readonly sink: PublicEventSink;
  readonly log: (message: string, error?: unknown) => void;
}

/**
 * Hands every public event to the sink, in order, until the signal ends. The place is stored after the sink has them all, so
 * after a failure some go out again: at least once.
 */
export const publishAll = async ({ events, cursors, watch, sink, log }: PublisherParts, signal: AbortSignal): Promise<void> => {
  let place = await cursors.load(PUBLISHER);
  let delay: number = RETRY_MS.least;
  while (!signal.aborted) {
    try {
      const page = await events.after(place, {}, PAGE);
      if (page.events.length > 0) await sink.publish(page.events.map(outgoing));
      if (page.upTo !== place) await cursors.store(PUBLISHER, page.upTo);
      place = page.upTo;
      delay = RETRY_MS.least;
      if (page.atEnd) await watch.waitBeyond(place, IDLE_MS, signal);
    } catch (error) {
      log(`public events: not published after ${place}, trying again`, error);
      await sleep(delay, undefined, { signal }).catch(() => undefined);
      delay = Math.min(delay * 2, RETRY_MS.most);
    }
  }
};
