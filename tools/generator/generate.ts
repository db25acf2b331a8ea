import type { FlowAnomaly, PaymentAnomaly } from './anomalies';
import { createPlanter, FLOW_ANOMALIES, PAYMENT_ANOMALIES } from './anomalies';
import { monthDays } from './calendar';
import type { Organization } from './model';
import type { MonthContext, MonthCounts } from './month';
import { organizationMonth } from './month';
import type { ReceiptFormat } from './organizations';
import { createOrganizations } from './organizations';
import type { Share } from './payment-parts';
import { createRng } from './rng';
import { TRUTH_CREDITS_HEADER, TRUTH_FLOWS_HEADER, TRUTH_HEADER } from './truth';

export interface GeneratorOptions {
  /** Payments of all bodies together, at least 1. */
  readonly payments: number;
  /** Bodies (*enti creditori*), at least 1; secondary beneficiaries need 2, colliding IUVs 3. */
  readonly orgs: number;
  /** The same seed (and options) gives the same bytes. */
  readonly seed: string | number;
  /** `YYYY-MM`: the month in which citizens pay; their money may come in the first days of the next. */
  readonly month: string;
  /** How receipts are delivered to the Comuni; default `mixed`. */
  readonly receipts?: ReceiptFormat;
}

/** A file, or the next piece of one that grows: pieces of one name follow each other in order. */
export interface GeneratedFile {
  /** Fiscal code of the body, or empty for what lies beside the bodies' folders. */
  readonly org: string;
  readonly name: string;
  readonly bytes: Buffer;
  /** This is a further piece of a file that has begun. */
  readonly continues: boolean;
}

export interface Summary extends MonthCounts {
  readonly payments: number;
  readonly organizations: number;
  files: number;
  bytes: number;
  /** How often each anomaly was planted. */
  readonly anomalies: Readonly<Record<PaymentAnomaly | FlowAnomaly, number>>;
}

const check = (options: GeneratorOptions): void => {
  for (const key of ['payments', 'orgs'] as const) {
    if (!Number.isSafeInteger(options[key]) || options[key] < 1) throw new Error(`${key} is not a whole number from 1: ${options[key]}`);
  }
  if (options.orgs > 5_000) throw new Error(`At most 5000 orgs, not ${options.orgs}`);
  monthDays(options.month);
};

/** How many payments each body issues: the first many, the last few; the numbers add up. */
const spread = (payments: number, orgs: number): number[] => {
  const weights = Array.from({ length: orgs }, (_, i) => 1 / (i + 1) ** 0.8);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let weight = 0;
  let given = 0;
  return weights.map((own) => {
    weight += own;
    const until = Math.round((payments * weight) / whole);
    const mine = until - given;
    given = until;
    return mine;
  });
};

/** The Provincia of a Comune: the first for those of even number (and where there is one only), the second for the others. */
const secondaryOf = (org: Organization, provinces: readonly Organization[]): Organization | undefined =>
  org.kind === 'comune' ? provinces[org.index % Math.max(1, provinces.length)] : undefined;

/** What goes from a body's month to bodies that come after it. */
class Mail {
  private readonly shares = new Map<string, Map<number, Share[]>>();
  give(to: Organization, day: number, share: Share): void {
    const days = this.for(to);
    const shares = days.get(day);
    if (shares) shares.push(share);
    else days.set(day, [share]);
  }
  for(org: Organization): Map<number, Share[]> {
    let days = this.shares.get(org.fiscalCode);
    if (!days) this.shares.set(org.fiscalCode, (days = new Map()));
    return days;
  }
  clear(org: Organization): void {
    this.shares.delete(org.fiscalCode);
  }
}

const organizationsJson = (orgs: readonly Organization[]): string =>
  `${JSON.stringify(
    orgs.map(({ fiscalCode, name, usesNotifications, receivesSecondaryReceipts }) => ({
      fiscalCode,
      name,
      settings: { usesNotifications, receivesSecondaryReceipts },
    })),
    null,
    2,
  )}\n`;

const TRUTH_FILES = { truth: TRUTH_HEADER, 'truth-flows': TRUTH_FLOWS_HEADER, 'truth-credits': TRUTH_CREDITS_HEADER } as const;

const top = (name: string, text: string, continues: boolean): GeneratedFile => ({
  org: '',
  name,
  bytes: Buffer.from(text, 'utf8'),
  continues,
});

function* files(contexts: Iterable<MonthContext>, orgs: readonly Organization[]): Generator<GeneratedFile> {
  yield top('organizations.json', organizationsJson(orgs), false);
  for (const [name, header] of Object.entries(TRUTH_FILES)) yield top(`${name}.csv`, header, false);
  for (const context of contexts) {
    for (const part of organizationMonth(context)) {
      if (part.kind === 'document') {
        yield { org: context.organization.fiscalCode, name: part.document.name, bytes: part.document.bytes, continues: false };
      } else if (part.text !== '') yield top(`${part.kind}.csv`, part.text, true);
    }
  }
}

/**
 * Generates the files of a month for several bodies and the truth about them, one after the other; the generator's result is
 * the summary. Pure: no clock, no disk, no randomness but the seed's. @throws when an option is out of range.
 */
export function* generateFiles(options: GeneratorOptions): Generator<GeneratedFile, Summary> {
  check(options);
  const orgs = createOrganizations(options.orgs, options.receipts ?? 'mixed');
  const provinces = orgs.filter((org) => org.kind === 'provincia');
  const comuni = orgs.length - provinces.length;
  const rng = createRng(`${options.seed}/anomalies`);
  const payment = createPlanter(PAYMENT_ANOMALIES, 4, rng);
  const flow = createPlanter(FLOW_ANOMALIES, 2, rng);
  const summary: Summary = {
    payments: options.payments,
    organizations: orgs.length,
    files: 0,
    bytes: 0,
    receipts: 0,
    notices: 0,
    lines: 0,
    flows: 0,
    credits: 0,
    transfers: 0,
    states: {},
    discrepancies: {},
    anomalies: {} as Summary['anomalies'],
  };
  const mail = new Mail();
  const knownIds = new Map<string, string>();
  const counts = spread(options.payments, orgs.length);
  const contexts = function* (): Generator<MonthContext> {
    for (const organization of orgs) {
      const secondary = secondaryOf(organization, provinces);
      yield {
        organization,
        month: options.month,
        payments: counts[organization.index]!,
        ...(secondary ? { secondary } : {}),
        mayShareIuv: comuni >= 2 && secondary?.receivesSecondaryReceipts === true,
        paymentPlanter: payment,
        flowPlanter: flow,
        knownIds,
        rng: createRng(`${options.seed}/${organization.index}`),
        incoming: mail.for(organization),
        give: (to, day, share) => mail.give(to, day, share),
        count: summary,
      };
      mail.clear(organization);
    }
  };
  for (const file of files(contexts(), orgs)) {
    if (!file.continues) summary.files++;
    summary.bytes += file.bytes.length;
    yield file;
  }
  Object.assign(summary.anomalies, payment.counts, flow.counts);
  return summary;
}
