import type { Pool } from 'pg';
import type { LocalDate } from '@quadra/kernel';
import { romeDate } from '@quadra/kernel';
import type { EventStore } from '@quadra/event-store';
import type { Organization } from '@quadra/domain';
import { READ_SCHEMA, query } from '../model';
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

const organizationItem = (row: { org: string; doc: string }) => {
  const { name, ipaCode, broker, settings } = JSON.parse(row.doc) as Organization;
  return { fiscalCode: row.org, name, ...(ipaCode !== undefined && { ipaCode }), ...(broker !== undefined && { broker }), ...settings };
};
export type OrganizationItem = ReturnType<typeof organizationItem>;

/** All reads of the projection service. Every one is of one organization; a key that is not its own finds nothing. */
export class Queries {
  constructor(
    private readonly pool: Pool,
    private readonly store: EventStore,
    private readonly isReconciled: (org: string) => IsReconciled,
    private readonly now: () => Date = () => new Date(),
  ) {}

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

  files(org: string, filter: { status?: string }, page: PageRequest) {
    return listFiles(this.pool, org, filter, page, this.isReconciled(org));
  }

  file(org: string, fileId: string) {
    return readFileItem(this.pool, org, fileId, this.isReconciled(org));
  }

  async payments(org: string, filter: PaymentFilter, page: PageRequest) {
    return listPayments(this.pool, org, filter, page, await this.context(org));
  }

  async payment(org: string, iuv: string, options: PaymentOptions = {}) {
    return readPayment(this.pool, this.store, org, iuv, options, await this.context(org, options.asOf));
  }

  history(org: string, iuv: string) {
    return readHistory(this.store, org, iuv);
  }

  flows(org: string, filter: FlowFilter, page: PageRequest) {
    return listFlows(this.pool, org, filter, page);
  }

  flow(org: string, iuf: string) {
    return readFlow(this.pool, org, iuf);
  }

  flowVersions(org: string, iuf: string) {
    return readFlowVersions(this.pool, this.store, org, iuf);
  }

  flowLines(org: string, iuf: string, page: PageRequest, version?: number) {
    return readFlowLines(this.pool, this.store, org, iuf, page, version);
  }

  credits(org: string, filter: CreditFilter, page: PageRequest) {
    return listCredits(this.pool, org, filter, page);
  }

  credit(org: string, creditId: string) {
    return readCredit(this.pool, org, creditId);
  }

  coverage(org: string) {
    return coverageSources(this.pool, org);
  }

  /** @param today for another day than the present: lanes are read for that day. */
  async reconciliationReport(org: string, options: { from: LocalDate; to: LocalDate; today?: LocalDate }) {
    const context = await this.context(org);
    return reconciliationReport(this.pool, org, options.from, options.to, { ...context, ...(options.today && { today: options.today }) });
  }

  private async context(org: string, at?: Date): Promise<ReadingContext> {
    const [coverage, organization] = await Promise.all([loadCoverage(this.pool, org), this.organization(org)]);
    return { coverage, today: romeDate(at ?? this.now()), usesNotifications: organization?.usesNotifications ?? false };
  }
}
