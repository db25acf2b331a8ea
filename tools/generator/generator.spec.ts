import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from './index';
import { all, cents, documents, one, readMonth, sum, table } from './testing/read';
import type { Month } from './testing/read';

const OPTIONS = { payments: 2000, orgs: 6, seed: 'acceptance', month: '2026-10' } as const;

const hash = (month: Month): string => {
  const digest = createHash('sha256');
  for (const [name, bytes] of month.files) digest.update(name).update(bytes);
  return digest.digest('hex');
};

const groups = (
  rows: readonly Record<string, string>[],
  key: (row: Record<string, string>) => string,
): Map<string, Record<string, string>[]> => {
  const found = new Map<string, Record<string, string>[]>();
  for (const row of rows) found.set(key(row), [...(found.get(key(row)) ?? []), row]);
  return found;
};

describe('the generator of a month with its truth', () => {
  const month = readMonth(OPTIONS);
  const truth = table(month, 'truth.csv');
  const flows = table(month, 'truth-flows.csv');
  const credits = table(month, 'truth-credits.csv');

  it('gives the same bytes for the same seed and others for another seed', () => {
    expect(hash(readMonth(OPTIONS))).toBe(hash(month));
    expect(hash(readMonth({ ...OPTIONS, seed: 'other' }))).not.toBe(hash(month));
  });

  it.each([2000, 500])('plants every anomaly at least once among %i payments, whatever the seed', (payments) => {
    for (const seed of ['a', 'b', 3]) {
      const { anomalies } = readMonth({ ...OPTIONS, payments, seed }).summary;
      expect(Object.entries(anomalies).filter(([, times]) => times === 0)).toEqual([]);
    }
  });

  it('shows every state, and every discrepancy that can be planted', () => {
    const states = ['credited', 'excluded', 'notified', 'paid', 'provisional', 'reported', 'revoked', 'withdrawn'];
    expect(Object.keys(month.summary.states).sort()).toEqual(states);
    const codes = ['CREDIT_OVER', 'DUPLICATE_PAYMENT', 'FLOW_PARTLY_CREDITED', 'FLOW_TOTAL_DIFFERS', 'IUR_DIFFERS', 'LINE_AMOUNT_DIFFERS'];
    codes.push(
      'NOTICE_AMOUNT_DIFFERS',
      'NOTICE_MISSING',
      'RECEIPT_CONFLICT',
      'RECEIPT_MISSING',
      'REPORTED_TWICE',
      'REVISION_AFTER_FUNDING',
    );
    expect(Object.keys(month.summary.discrepancies).sort()).toEqual([...codes, 'UNKNOWN_OUTCOME']);
    expect(new Set(credits.map((row) => row['state']))).toEqual(new Set(['explained', 'open', 'partial', 'reversed']));
  });

  it('writes truth.csv in the order of body, IUV, IUR and index, one row a transfer', () => {
    const keys = truth.map((row) => [row['org'], row['iuv'], row['iur'], row['transferIndex']].join(';'));
    expect([...keys].sort()).toEqual(keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBe(month.summary.transfers);
  });

  it('gives every line and every receipt of its files to a transfer of the truth', () => {
    const known = new Set(truth.map((row) => `${row['org']}|${row['iuv']}`));
    for (const { org, text } of documents(month, 'FdR-').concat(documents(month, 'flows-'))) {
      for (const iuv of all(text, 'identificativoUnivocoVersamento')) expect(known.has(`${org}|${iuv}`)).toBe(true);
    }
    for (const { org, text } of documents(month, 'receipts-').filter((d) => d.file.endsWith('.zip'))) {
      expect(known.has(`${org}|${one(text, 'creditorReferenceId')}`)).toBe(true);
      expect(sum(all(text, 'transferAmount').map(cents))).toBe(cents(one(text, 'paymentAmount')));
    }
  });

  it('declares in each flow the sum of its lines (outcome 3 added or taken off), but for the planted cent', () => {
    let off = 0;
    for (const { text } of documents(month, 'FdR-').concat(documents(month, 'flows-'))) {
      const amounts = all(text, 'singoloImportoPagato').map(cents);
      const outcomes = all(text, 'codiceEsitoSingoloPagamento');
      const added = sum(amounts);
      const netted = sum(amounts.map((amount, i) => (outcomes[i] === '3' ? -amount : amount)));
      const declared = cents(one(text, 'importoTotalePagamenti'));
      expect(Number(one(text, 'numeroTotalePagamenti'))).toBe(amounts.length);
      if (declared !== added && declared !== netted) {
        expect(declared).toBe(added + 1);
        off++;
      }
    }
    expect(off).toBe(month.summary.anomalies.totalOffByOneCent);
  });

  it('ties every page of every journal, and each journal with the one before', () => {
    const closing = new Map<string, number>();
    let pages = 0;
    for (const { org, text } of documents(month, 'journal-')) {
      for (const account of text.split('<informazioni_conto_evidenza>').slice(1)) {
        const key = `${org}|${one(account, 'conto_evidenza')}`;
        const [opening, into, out, end] = ['saldo_precedente', 'totale_entrate', 'totale_uscite', 'saldo_finale'].map((name) =>
          cents(one(account, `${name}_conto_evidenza`)),
        ) as [number, number, number, number];
        expect(opening + into - out).toBe(end);
        expect(opening).toBe(closing.get(key) ?? opening);
        expect(sum(account.split('<movimento_conto_evidenza>').slice(1).map(cashOf))).toBe(into - out);
        closing.set(key, end);
      }
      if (Number(one(text, 'pagine_totali')) > 1) pages++;
    }
    expect(pages).toBeGreaterThan(1);
  });

  it('books in the journals exactly the credits of the truth', () => {
    const booked = documents(month, 'journal-').flatMap(({ text }) =>
      text
        .split('<movimento_conto_evidenza>')
        .slice(1)
        .filter((row) => /SOSPESO ENTRATA|REVERSALE/.test(row) && row.includes('ESEGUITO')),
    );
    expect(booked.length).toBe(credits.length);
    expect(sum(booked.map((row) => cents(one(row, 'importo'))))).toBe(sum(credits.map((row) => Number(row['amountCents']))));
  });

  it('gives no euro twice: what flows got is what credits gave, body by body', () => {
    for (const [org, rows] of groups(flows, (row) => row['org']!)) {
      const given = credits.filter((row) => row['org'] === org);
      expect(sum(rows.map((row) => Number(row['allocatedCents'])))).toBe(sum(given.map((row) => Number(row['allocatedCents']))));
    }
    for (const row of credits) {
      const [amount, reversed, allocated, residual] = ['amountCents', 'reversedCents', 'allocatedCents', 'residualCents'].map((c) =>
        Number(row[c]),
      );
      expect(amount! - reversed!).toBe(allocated! + residual!);
      expect(residual).toBeGreaterThanOrEqual(0);
    }
  });

  it('lets the IUVs of two issuers collide at the Provincia, without a discrepancy', () => {
    const collided = [...groups(truth, (row) => `${row['org']}|${row['iuv']}`).values()].filter(
      (rows) => new Set(rows.map((r) => r['issuer'])).size > 1,
    );
    expect(collided.length).toBeGreaterThan(0);
    for (const row of collided.flat()) expect(row['discrepancies']).not.toMatch(/DUPLICATE|IUR_DIFFERS/);
  });

  it('gives one flow id to two bodies', () => {
    const shared = [...groups(flows, (row) => row['iuf']!).values()].filter((rows) => rows.length > 1);
    expect(shared.length).toBe(month.summary.anomalies.sameIdAsOtherBody);
  });

  it('never puts two contents of one receipt into one CSV, where they would be its transfers', () => {
    const files = documents(month, 'receipts-').filter((d) => d.file.endsWith('-1_3.csv'));
    expect(files.length).toBeGreaterThan(0);
    for (const { text } of files) {
      const receipts = text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(';')[7]);
      expect(new Set(receipts).size).toBe(receipts.length);
    }
  });

  it('never asks for the receipts of others where the body does not get them', () => {
    const settings = JSON.parse(month.files.get('organizations.json')!.toString('utf8')) as {
      fiscalCode: string;
      settings: Record<string, boolean>;
    }[];
    const blind = settings.find((o) => o.settings['receivesSecondaryReceipts'] === false)!.fiscalCode;
    const others = truth.filter((row) => row['org'] === blind && row['transferIndex'] === '2' && row['issuer'] !== blind);
    expect(others.length).toBeGreaterThan(0);
    for (const row of others) expect([row['issuer'], row['discrepancies']!.includes('RECEIPT_MISSING')]).toEqual(['', false]);
  });

  it('makes IUVs and fiscal codes with right check digits, and ids of at most 35 characters', () => {
    for (const { iuv, iur, iuf, org } of truth as { iuv: string; iur: string; iuf: string; org: string }[]) {
      expect(Number(BigInt(`3${iuv.slice(0, 15)}`) % 93n)).toBe(Number(iuv.slice(15)));
      expect([iuv.length, iur.length <= 35, iuf.length <= 35]).toEqual([17, true, true]);
      const luhn = [...org].map(Number).map((digit, i) => (i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)));
      expect(sum(luhn) % 10).toBe(0);
    }
  });

  it('starts document numbers again with the fiscal year, and never covers across it', () => {
    const december = table(readMonth({ ...OPTIONS, payments: 600, month: '2026-12' }), 'truth-credits.csv');
    const years = groups(december, (row) => row['creditId']!.split('.')[1]!);
    expect([...years.keys()].sort()).toEqual(['2026', '2027']);
    for (const rows of years.values()) expect(rows.some((row) => row['creditId']!.endsWith('.sospeso.3001'))).toBe(true);
  });

  it('refuses options that make no sense, in a sentence', () => {
    expect(() => readMonth({ ...OPTIONS, month: '2026-13' })).toThrow('Not a month YYYY-MM: 2026-13');
    expect(() => readMonth({ ...OPTIONS, payments: 0 })).toThrow('payments is not a whole number from 1: 0');
  });

  it('writes the files to a folder that is empty, and to no other', async () => {
    const out = await mkdtemp(join(tmpdir(), 'generator-'));
    try {
      const summary = await generate({ ...OPTIONS, payments: 60, orgs: 3, out });
      const expected = readMonth({ ...OPTIONS, payments: 60, orgs: 3 });
      expect(summary).toEqual(expected.summary);
      expect(summary.files).toBe(expected.files.size);
      for (const [name, bytes] of expected.files) expect((await readFile(join(out, name))).equals(bytes)).toBe(true);
      await expect(generate({ ...OPTIONS, out })).rejects.toThrow('is not empty');
    } finally {
      await rm(out, { recursive: true });
    }
    expect(existsSync(out)).toBe(false);
  });
});

/** What a row does to the balance, by document and operation: collected +, taken back or paid −, covered 0. */
const cashOf = (row: string): number => {
  const amount = cents(one(row, 'importo'));
  if (one(row, 'tipo_movimento') === 'USCITA' || one(row, 'tipo_operazione') === 'STORNATO') return -amount;
  return one(row, 'tipo_operazione') === 'ESEGUITO' ? amount : 0;
};
