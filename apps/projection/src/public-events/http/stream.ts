import { once } from 'node:events';
import type { Response } from 'express';
import { cloudEventJson } from '@quadra/event-feed';
import type { PublicEventFilter, PublicEventPage } from '@quadra/read-models';
import { publicCursor } from '@quadra/read-models';
import type { PublicEventsService } from '../service';

const PAGE = 200;
const HEARTBEAT_MS = 15_000;
/** A stream ends after so long and the client comes again, perhaps to another process. */
const LIFE_MS = 15 * 60_000;
/** So long after its revocation a key reads on at most. */
const ALLOWED_MS = 3_000;

type Reading = Pick<PublicEventsService, 'events' | 'watch'>;

/** A cursor without data moves the client's Last-Event-ID on and shows no event: a heartbeat that is good for something. */
const textOf = (page: PublicEventPage): string =>
  page.events.map((e) => `id: ${publicCursor(e.seq)}\ndata: ${cloudEventJson(e)}\n\n`).join('') + `id: ${publicCursor(page.upTo)}\n\n`;

/** Ends with the signal, or when the key may no longer read. A database that does not answer has not said so. */
export const whileAllowed = (isStillAllowed: () => Promise<boolean>, closed: AbortSignal): AbortSignal => {
  const refused = new AbortController();
  const ended = AbortSignal.any([closed, refused.signal]);
  if (ended.aborted) return ended;
  const look = (): void =>
    void isStillAllowed().then(
      (allowed) => (allowed ? undefined : refused.abort()),
      () => undefined,
    );
  const timer = setInterval(look, ALLOWED_MS);
  ended.addEventListener('abort', () => clearInterval(timer), { once: true });
  return ended;
};

/** Writes events as they come (`text/event-stream`) until the client or the server ends it. The first page was read by the caller. */
export const streamEvents = async (
  { events, watch }: Reading,
  first: PublicEventPage,
  filter: PublicEventFilter,
  response: Response,
  closed: AbortSignal,
): Promise<void> => {
  response.status(200).set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const signal = AbortSignal.any([closed, AbortSignal.timeout(LIFE_MS)]);
  try {
    for (let page = first; !signal.aborted; page = await events.after(page.upTo, filter, PAGE)) {
      if (!response.write(textOf(page))) await once(response, 'drain', { signal });
      if (page.atEnd) await watch.waitBeyond(page.upTo, HEARTBEAT_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    response.end();
  }
};
