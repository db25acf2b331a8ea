import { createReadStream, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toOrg } from '@quadra/kernel';
import type { OrganizationSettings } from '@quadra/domain';
import type { Standalone } from '../../apps/quadra/src/standalone';

/** A generated month on disk (see tools/generator): the bodies, their files, and what must be concluded from them. */
export interface Month {
  readonly dir: string;
  readonly organizations: readonly {
    readonly fiscalCode: string;
    readonly name: string;
    readonly settings: Partial<OrganizationSettings>;
  }[];
  /** [organization, file name] in the order in which they would arrive. */
  readonly files: readonly (readonly [org: string, name: string])[];
}

/** Day by day; within a day receipts and notices, then the journal, then the flows. */
const arrival = (name: string): string => {
  const day = /\d{4}-\d{2}-\d{2}/.exec(name)?.[0] ?? '';
  const rank = /^(receipts|notif)/i.test(name) ? 0 : /^(fdr|flows)/i.test(name) ? 2 : 1;
  return `${day}|${rank}|${name}`;
};

export const openMonth = (dir: string): Month => {
  const organizations = JSON.parse(readFileSync(join(dir, 'organizations.json'), 'utf8')) as Month['organizations'];
  const files = organizations
    .flatMap((o) => readdirSync(join(dir, o.fiscalCode)).map((name) => [o.fiscalCode, name] as const))
    .sort((a, b) => (arrival(a[1]) < arrival(b[1]) ? -1 : 1));
  return { dir, organizations, files };
};

export const registerAll = async (quadra: Standalone, month: Month): Promise<void> => {
  for (const { fiscalCode, name, settings } of month.organizations) {
    const org = toOrg(fiscalCode);
    await quadra.organizations.execute(org, { type: 'RegisterOrganization', name }, { commandId: 'register', actor: 'test' });
    await quadra.organizations.execute(org, { type: 'ConfigureOrganization', settings }, { commandId: 'configure', actor: 'test' });
  }
};

/** Takes files in, some at a time, in the given order of starting; the answer tells which were there already. */
export const acceptAll = async (
  quadra: Standalone,
  month: Month,
  files = month.files,
  atOnce = 8,
): Promise<{ org: string; fileId: string; duplicate: boolean }[]> => {
  const accepted: { org: string; fileId: string; duplicate: boolean }[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < files.length) {
      const at = next++;
      const [org, name] = files[at]!;
      const content = createReadStream(join(month.dir, org, name));
      const { fileId, duplicate } = await quadra.intake.accept(toOrg(org), { name, content, actor: 'test', correlationId: `load-${name}` });
      accepted[at] = { org, fileId, duplicate };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return accepted;
};

const STILL_MS = 120_000;

/** Waits until everything that was accepted is imported, judged and projected. @throws when nothing has moved for two minutes. */
export const settle = async ({ intake, store, consistency }: Standalone): Promise<void> => {
  await intake.idle();
  const head = await store.head();
  for (let seen = -1n; !(await consistency.waitForPosition(head, STILL_MS));) {
    const position = await consistency.position();
    if (position === seen) throw new Error(`the books stand still at position ${position} of ${head}`);
    seen = position;
  }
};

const rowsOf = (dir: string, file: string): string[] => readFileSync(join(dir, file), 'utf8').trim().split('\n').slice(1);

/** The rows that the generator says must come out, sorted. */
export const truthOf = (month: Month): { transfers: string[]; flows: string[]; credits: string[] } => ({
  transfers: rowsOf(month.dir, 'truth.csv').sort(),
  flows: rowsOf(month.dir, 'truth-flows.csv').sort(),
  credits: rowsOf(month.dir, 'truth-credits.csv').sort(),
});

async function* pages<T>(read: (cursor?: string) => Promise<{ items: readonly T[]; nextCursor: string | null }>): AsyncGenerator<T> {
  for (let cursor: string | undefined; ;) {
    const page = await read(cursor);
    yield* page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

const READ_AT_LOOK = new Set(['FLOW_LATE', 'CREDIT_LATE']);
const codes = (list: readonly string[]): string =>
  [...list]
    .filter((c) => !READ_AT_LOOK.has(c))
    .sort()
    .join(',');

/** What the read models say, in the same form as the truth. */
export const answersOf = async (quadra: Standalone, month: Month): Promise<{ transfers: string[]; flows: string[]; credits: string[] }> => {
  const [transfers, flows, credits]: string[][] = [[], [], []];
  for (const { fiscalCode: org } of month.organizations) {
    const page = (cursor?: string) => ({ limit: 1000, ...(cursor !== undefined && { cursor }) });
    for await (const t of pages((c) => quadra.queries.payments(org, {}, page(c)))) {
      const what = [t.state, codes(t.discrepancies), codes(t.labels), t.amountCents, t.reportedCents ?? '', t.iuf ?? ''];
      transfers!.push([org, t.iuv, t.issuer ?? '', t.iur ?? '', t.transferIndex, ...what].join(';'));
    }
    for await (const f of pages((c) => quadra.queries.flows(org, {}, page(c)))) {
      const lacks = Math.max(0, f.residualCents);
      flows!.push([org, f.iuf, f.totalCents, f.allocatedCents, lacks, f.version, codes(f.discrepancies)].join(';'));
    }
    for await (const c of pages((cursor) => quadra.queries.credits(org, {}, page(cursor)))) {
      const cents = [c.amountCents, c.reversedCents, c.allocatedCents, c.residualCents, c.regularizedCents];
      credits!.push([org, c.creditId, ...cents, c.state].join(';'));
    }
  }
  return { transfers: transfers!.sort(), flows: flows!.sort(), credits: credits!.sort() };
};

/** The rows in which two lists differ, a few of them: a readable failure where a diff of 100,000 rows is none. */
export const differences = (found: readonly string[], wanted: readonly string[]): { found: string[]; wanted: string[]; count: number } => {
  const [a, b] = [new Set(found), new Set(wanted)];
  const [extra, missing] = [found.filter((r) => !b.has(r)), wanted.filter((r) => !a.has(r))];
  return { found: extra.slice(0, 10), wanted: missing.slice(0, 10), count: Math.max(extra.length, missing.length) };
};

/** A repeatable shuffle. */
export const shuffled = <T>(items: readonly T[], seed: number): T[] => {
  const result = [...items];
  let state = seed;
  for (let i = result.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const j = state % (i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
};
