import type { ProcessorStatus } from '@quadra/processing';
import type { Client } from './client';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { table } from './money';
import { showProgress } from './progress';
import type { InstanceOptions } from './session';
import { withSession } from './session';
import { requireReason } from './void';

interface Rebuild {
  readonly phase: 'filling' | 'comparing' | 'done' | 'failed';
  readonly eventsHandled: number;
  readonly equal?: boolean;
}

/** A processor as the instance shows it. */
export type Shown = ProcessorStatus & { readonly rebuild?: Rebuild };

export const listProcessors = async (client: Client): Promise<Shown[]> => (await client.get<{ items: Shown[] }>(['processors'])).items;

/** Prints the processors and how far behind each is. */
export const processors = (io: Io, options: InstanceOptions): Promise<number> =>
  withSession(io, options, async (client) => {
    const found = await listProcessors(client);
    const rows = found.map((p) => [
      p.name,
      `v${p.version}`,
      p.running ? (p.caughtUp ? 'caught up' : `${p.lagSeconds} s behind`) : 'stopped',
      p.position,
      p.parked.join(' ') || '-',
      p.error ?? '',
    ]);
    io.out(options.json ? JSON.stringify(found) : table([['processor', 'version', 'state', 'position', 'parked', ''], ...rows], [3]));
    return EXIT.done;
  });

const POLL_MS = 300;

/** Builds one read model again and waits for it. @throws CliError when it fails. */
export const rebuildOne = async (io: Io, client: Client, name: string): Promise<Rebuild> => {
  await client.send('POST', ['processors', name, 'rebuild'], {});
  const progress = showProgress(io, `rebuild ${name}`, 1);
  try {
    for (;;) {
      const rebuild = (await listProcessors(client)).find((p) => p.name === name)?.rebuild;
      if (!rebuild) throw new CliError(`The rebuild of ${name} was lost: the instance was restarted`);
      if (rebuild.phase === 'done') return rebuild;
      if (rebuild.phase === 'failed') throw new CliError(`The rebuild of ${name} failed: the log of the instance says why`);
      progress.update(0, `${rebuild.eventsHandled} events, ${rebuild.phase}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    progress.stop();
  }
};

/** The processors of the write side keep what they decided; only read models are built again. */
const NOT_REBUILT = new Set(['matcher', 'lifecycle']);

export const isReadModel = (name: string): boolean => !NOT_REBUILT.has(name);

/** Builds read models again from the events, one after the other, and tells whether they equal the ones before. */
export const rebuild = (io: Io, names: readonly string[], options: InstanceOptions): Promise<number> =>
  withSession(io, options, async (client) => {
    const wanted = names.length ? names : (await listProcessors(client)).map((p) => p.name).filter(isReadModel);
    const results: { name: string; equal: boolean | null; eventsHandled: number }[] = [];
    for (const name of wanted) {
      const { equal, eventsHandled } = await rebuildOne(io, client, name);
      results.push({ name, equal: equal ?? null, eventsHandled });
      if (!options.json)
        io.out(
          `${name}: ${eventsHandled} events, ${equal === undefined ? 'not compared' : equal ? 'equal to before' : 'DIFFERS from before'}`,
        );
    }
    if (options.json) io.out(JSON.stringify(results));
    return results.some((r) => r.equal === false) ? EXIT.rejected : EXIT.done;
  });

interface ParkedItem {
  readonly processor: string;
  readonly organization: string;
}

/** Prints the organizations whose processing stopped. */
export const parkedList = (io: Io, options: InstanceOptions): Promise<number> =>
  withSession(io, options, async (client) => {
    const { items } = await client.get<{ items: ParkedItem[] }>(['parked']);
    const rows = items.map((p) => [p.processor, p.organization]);
    if (options.json) io.out(JSON.stringify(items));
    else io.out(rows.length ? table([['processor', 'organization'], ...rows]) : 'Nothing is parked.');
    return EXIT.done;
  });

/** Tries again what is parked: everything, or one processor or organization. */
export const parkedRetry = (io: Io, options: InstanceOptions & { processor?: string; org?: string }): Promise<number> =>
  withSession(io, options, async (client) => {
    const { items } = await client.get<{ items: ParkedItem[] }>(['parked']);
    const wanted = items.filter(
      (p) =>
        (options.processor === undefined || p.processor === options.processor) &&
        (options.org === undefined || p.organization === options.org),
    );
    for (const { processor, organization } of wanted) {
      await client.send('POST', ['parked', processor, organization, 'retry'], {});
      io.say(`${organization} goes on in ${processor}`);
    }
    if (options.json) io.out(JSON.stringify(wanted));
    else if (wanted.length === 0) io.out('Nothing is parked.');
    return EXIT.done;
  });

/** Passes over the event at which an organization stopped in a processor: it goes on, and its answers say so until a rebuild. */
export const parkedSkip = (io: Io, options: InstanceOptions & { processor: string; org: string; reason: string }): Promise<number> => {
  const { processor, org } = options;
  const reason = requireReason(options.reason);
  return withSession(io, options, async (client) => {
    const answer = await client.send('POST', ['parked', processor, org, 'skip'], { reason });
    if (options.json) io.out(JSON.stringify(answer));
    else io.out(`${org} goes on in ${processor} without that event: rebuild ${processor} when it can be read`);
    return EXIT.done;
  });
};
