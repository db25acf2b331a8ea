import type { Pool } from 'pg';
import type { LocalDate } from '@quadra/kernel';
import { romeDate, toOrg } from '@quadra/kernel';
import type { EventStore } from '@quadra/event-store';
import type { Organization } from '@quadra/domain';
import type { ModelName } from '../as-of/as-of';
import { AsOf } from '../as-of/as-of';
import { settingsAsOf } from '../as-of/settings';
import { READ_SCHEMA, query } from '../model';
import type { Coverage } from './coverage';
import { coverageSources, loadCoverage } from './coverage';
import type { CreditFilter } from './credits';
import { listCredits, readCredit } from './credits';
import type { IsReconciled } from './files';
import { listFiles, readFileItem } from './files';
import type { FlowFilter } from './flows';
import { listFlows, readFlow, readFlowLines, readFlowVersions } from './flows';
import type { Page, PageRequest } from './page';
import { Where, decodeCursor, pageOf } from './page';
import type { PaymentOptions } from './payment';
import { readHistory, readPayment } from './payment';
import type { PaymentFilter, ReadingContext } from './payments';
import { listPayments } from './payments';
import { reconciliationReport } from './report';
import type { Source } from './source';
import { present } from './source';

const organizationItem = (row: { org: string; doc: string }) => {
  const { name, ipaCode, broker, settings } = JSON.parse(row.doc) as Organization;
  return { fiscalCode: row.org, name, ...(ipaCode !== undefined && { ipaCode }), ...(broker !== undefined && { broker }), ...settings };
};
export type OrganizationItem = ReturnType<typeof organizationItem>;

/** What the lists and reports take beside their own filters: what the engine knew then. */
export interface Past {
  readonly asOf?: Date;
}

const NO_COVERAGE: Coverage = { journals: new Map() };

/** All reads of the projection service. Every one is of one organization; a key that is not its own finds nothing. */
export class Queries {
  private readonly past: AsOf;

  constructor(
    private readonly pool: Pool,
    private readonly store: EventStore,
    private readonly reconciledOf: (org: string) => IsReconciled | Promise<IsReconciled>,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.past = new AsOf(pool, store);
  }

  /** Organizations in the order of their fiscal codes; `only` limits them to those a caller may see. */
  async organizations(filter: { broker?: string; only?: readonly string[] }, page: PageRequest): Promise<Page<OrganizationItem>> {
    const where = new Where()
      .add((p) => `broker = ${p}`, filter.broker)
      .add((p) => `org = any(${p})`, filter.only)
      .after(['org'], decodeCursor(page.cursor, 1));
    const rows = await query<{ org: string; doc: string }>(
      this.pool,
      `select org, doc from ${READ_SCHEMA}.organization ${where.text} order by org limit ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, (r) => [r.org], organizationItem);
  }

  async organization(org: string): Promise<OrganizationItem | undefined> {
    const [row] = await query<{ org: string; doc: string }>(this.pool, `select org, doc from ${READ_SCHEMA}.organization where org = $1`, [
      org,
    ]);
    return row && organizationItem(row);
  }

  async files(org: string, filter: { status?: string }, page: PageRequest, { asOf }: Past = {}) {
    const isReconciled = await this.reconciledOf(org);
    return this.read(org, asOf, ['files'], (source) => listFiles(source, org, filter, page, isReconciled));
  }

  async file(org: string, fileId: string, { asOf }: Past = {}) {
    const isReconciled = await this.reconciledOf(org);
    return this.read(org, asOf, ['files'], (source) => readFileItem(source, org, fileId, isReconciled));
  }

  payments(org: string, filter: PaymentFilter, page: PageRequest, { asOf }: Past = {}) {
    return this.read(org, asOf, ['payments', 'coverage'], (source, context) => listPayments(source, org, filter, page, context));
  }

  payment(org: string, iuv: string, options: PaymentOptions = {}) {
    return this.read(org, options.asOf, ['coverage'], (source, context, position) =>
      readPayment(source, this.store, org, iuv, { ...options, ...(position !== undefined && { position }) }, context),
    );
  }

  history(org: string, iuv: string) {
    return readHistory(this.store, org, iuv);
  }

  flows(org: string, filter: FlowFilter, page: PageRequest, { asOf }: Past = {}) {
    return this.read(org, asOf, ['flows'], (source) => listFlows(source, org, filter, page));
  }

  flow(org: string, iuf: string, { asOf }: Past = {}) {
    return this.read(org, asOf, ['flows'], (source) => readFlow(source, org, iuf));
  }

  flowVersions(org: string, iuf: string, { asOf }: Past = {}) {
    return this.read(org, asOf, ['flows'], (source, _, upTo) => readFlowVersions(source, this.store, org, iuf, upTo));
  }

  /** @returns undefined when the flow is not known, null when it has no such version. */
  flowLines(org: string, iuf: string, page: PageRequest, { version, asOf }: Past & { version?: number } = {}) {
    return this.read(org, asOf, ['flows'], (source, _, upTo) =>
      readFlowLines(source, this.store, org, iuf, page, {
        ...(version !== undefined && { version }),
        ...(upTo !== undefined && { upTo }),
      }),
    );
  }

  credits(org: string, filter: CreditFilter, page: PageRequest, { asOf }: Past = {}) {
    return this.read(org, asOf, ['credits', 'flows', 'payments'], (source) => listCredits(source, org, filter, page));
  }

  credit(org: string, creditId: string, { asOf }: Past = {}) {
    return this.read(org, asOf, ['credits', 'flows', 'payments'], (source) => readCredit(source, org, creditId));
  }

  coverage(org: string, { asOf }: Past = {}) {
    return this.read(org, asOf, ['coverage'], (source) => coverageSources(source, org));
  }

  /** @param today for another day than that of the answer: lanes are read for that day. */
  reconciliationReport(org: string, options: { from: LocalDate; to: LocalDate; today?: LocalDate; asOf?: Date }) {
    const { from, to, today, asOf } = options;
    const models: ModelName[] = ['payments', 'coverage'];
    const report = (source: Source, context: ReadingContext, position: bigint) => {
      const at = { position, asOf: asOf ?? this.now() };
      return reconciliationReport(source, org, from, to, { ...context, ...(today && { today }) }, at);
    };
    if (asOf) return this.read(org, asOf, models, (source, context, position) => report(source, context, position!));
    return this.past.now(models, async (source, position) => report(source, await this.context(source, org, models), position));
  }

  /**
   * One read, of what stands or of what stood: the same query on either. `position`: of the past that is read.
   * @throws NotReached when the read models are further behind than anybody would wait for.
   */
  private async read<T>(
    org: string,
    asOf: Date | undefined,
    models: readonly ModelName[],
    work: (source: Source, context: ReadingContext, position?: bigint) => Promise<T>,
  ): Promise<T> {
    if (!asOf) {
      const source = present(this.pool);
      return work(source, await this.context(source, org, models));
    }
    const position = await this.store.positionAt(asOf);
    return this.past.at(org, position, models, async (source) =>
      work(source, await this.context(source, org, models, { asOf, position }), position),
    );
  }

  private async context(
    source: Source,
    org: string,
    models: readonly ModelName[],
    past?: { asOf: Date; position: bigint },
  ): Promise<ReadingContext> {
    const coverage = models.includes('coverage') ? await loadCoverage(source, org) : NO_COVERAGE;
    const settings = past ? await settingsAsOf(this.store, toOrg(org), past.position) : await this.organization(org);
    const now = this.now();
    return {
      coverage,
      today: romeDate(past && past.asOf < now ? past.asOf : now),
      usesNotifications: settings?.usesNotifications ?? false,
      calendar: settings?.calendar ?? 'target-it',
    };
  }
}
