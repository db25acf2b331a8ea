import type { PublicEventsAudit } from '@quadra/read-models';
import type { Client } from './client';
import { Refused } from './client';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { table } from './money';
import type { Shown } from './operate';
import { isReadModel, listProcessors, rebuildOne } from './operate';
import { showProgress } from './progress';
import type { InstanceOptions } from './session';
import { withSession } from './session';
import { runTopicComparison } from './topic';
import { runVerification } from './verify';

/** What a check of two parts of the instance against each other found. */
export interface AuditLine {
  readonly check: string;
  /** How much was compared. */
  readonly compared: string;
  /** How many differences there are; null where the instance has no such part. */
  readonly differences: number | null;
  readonly says: string;
}

interface Check {
  readonly name: string;
  run(): Promise<Omit<AuditLine, 'check'>>;
}

/** A part that this instance does not have answers 404 at its address. */
const orNoPart = async (work: () => Promise<Omit<AuditLine, 'check'>>): Promise<Omit<AuditLine, 'check'>> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return { compared: '-', differences: null, says: 'not part of this instance' };
    throw error;
  }
};

const SETTLE_MS = 200;
const PATIENCE_MS = 600_000;
/** A processor whose process has just died goes to another one, or comes back: only what lasts is a reason to give up. */
const STUCK_MS = 90_000;

/**
 * Differences are looked for when nothing is under way: what is still on its way is none.
 * @throws CliError when that does not come to be.
 */
const untilLevel = async (io: Io, client: Client): Promise<Shown[]> => {
  const progress = showProgress(io, 'audit', 1);
  const end = Date.now() + PATIENCE_MS;
  let well = Date.now();
  try {
    for (;;) {
      const found = await listProcessors(client);
      const behind = found.filter((p) => !p.caughtUp);
      if (behind.length === 0) return found;
      const names = behind.map((p) => p.name).join(', ');
      const stuck = behind.find((p) => !p.running || p.error !== undefined);
      if (!stuck) well = Date.now();
      else if (Date.now() - well > STUCK_MS) throw new CliError(`${stuck.name} does not go on: ${stuck.error ?? 'it is stopped'}`);
      if (Date.now() > end) throw new CliError(`The instance is never at rest (${names}): audit it when less is coming in`);
      progress.update(0, `waiting for ${names}`);
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
  } finally {
    progress.stop();
  }
};

const seals = (io: Io, client: Client): Check => ({
  name: 'store and seals',
  run: async () => {
    const { sealed, unsealed, blocks, finding } = await runVerification(io, client, []);
    const says = finding?.says ?? (unsealed > 0 ? `${unsealed} events came after the last block` : '');
    return { compared: `${sealed} events, ${blocks} blocks`, differences: finding ? 1 : 0, says };
  },
});

/** What the processors of the cluster are given, against the store that it comes from. */
const eventsTopic = (io: Io, client: Client): Check => ({
  name: 'store and events topic',
  run: () =>
    orNoPart(async () => {
      const { events, repeats, finding, ...found } = await runTopicComparison(io, client);
      const { missing, changed, unknown, outOfOrder, holes, unreadable } = found;
      const differences = missing + changed + unknown + outOfOrder + holes + unreadable;
      return { compared: `${events} events, ${repeats} repeats`, differences, says: finding ?? '' };
    }),
});

/** The tables as they are against tables that are filled from the first event. */
const readModel = (io: Io, client: Client, name: string): Check => ({
  name: `store and read model ${name}`,
  run: async () => {
    const { equal, eventsHandled } = await rebuildOne(io, client, name);
    const says =
      equal === undefined
        ? 'it never stood still long enough to be compared'
        : equal
          ? ''
          : 'differs from a rebuild; the rebuilt one serves now';
    return { compared: `${eventsHandled} events`, differences: equal === true ? 0 : 1, says };
  },
});

/** An organization that is parked in a processor lacks everything since. */
const parked = (processors: readonly Shown[]): Check => ({
  name: 'nothing is parked',
  run: () => {
    const stopped = processors.flatMap((p) => p.parked.map((org) => `${org} in ${p.name}`));
    return Promise.resolve({ compared: `${processors.length} processors`, differences: stopped.length, says: stopped.join('; ') });
  },
});

/** What the public was told, against itself and against what is shown. */
const publicEvents = (client: Client): Check => ({
  name: 'read models and public events',
  run: () =>
    orNoPart(async () => {
      const { events, missingNumbers, brokenSubjects, otherStates } = await client.get<PublicEventsAudit>(['audit', 'public-events']);
      const found: [number, string][] = [
        [missingNumbers, 'numbers are missing'],
        [brokenSubjects, 'subjects have gaps in their numbers'],
        [otherStates, 'transfers were told of in another state than they are shown'],
      ];
      const wrong = found.filter(([n]) => n > 0);
      const differences = wrong.reduce((sum, [n]) => sum + n, 0);
      return { compared: `${events} events`, differences, says: wrong.map(([n, what]) => `${n} ${what}`).join('; ') };
    }),
});

const print = (io: Io, lines: readonly AuditLine[]): void => {
  const rows = lines.map((l) => [l.check, l.compared, l.differences === null ? '-' : String(l.differences), l.says]);
  io.out(table([['check', 'compared', 'differences', ''], ...rows], [2]));
  const found = lines.reduce((sum, l) => sum + (l.differences ?? 0), 0);
  io.out(found === 0 ? 'No differences.' : `${found} differences.`);
};

/** Compares the parts of an instance with each other and prints what differs. */
export const audit = (io: Io, options: InstanceOptions): Promise<number> =>
  withSession(io, options, async (client) => {
    const processors = await untilLevel(io, client);
    const models = processors.map((p) => p.name).filter(isReadModel);
    const checks: Check[] = [
      seals(io, client),
      eventsTopic(io, client),
      parked(processors),
      ...models.map((name) => readModel(io, client, name)),
      publicEvents(client),
    ];
    const lines: AuditLine[] = [];
    for (const check of checks) lines.push({ check: check.name, ...(await check.run()) });
    if (options.json) io.out(JSON.stringify(lines));
    else print(io, lines);
    return lines.some((l) => (l.differences ?? 0) > 0) ? EXIT.rejected : EXIT.done;
  });
