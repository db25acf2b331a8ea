import { Query } from '@nestjs/cqrs';
import type { LocalDate } from '@quadra/kernel';
import type {
  CoverageSource,
  CreditFilter,
  CreditItem,
  FileItem,
  FlowFilter,
  FlowItem,
  HistoryEntry,
  OrganizationItem,
  Page,
  PageRequest,
  Past,
  PaymentDetail,
  PaymentFilter,
  PaymentOptions,
  Queries,
  ReconciliationReport,
  TransferItem,
} from '@quadra/read-models';
import { decodeCursor, pageOf } from '@quadra/read-models';
import { ProblemError } from '@quadra/platform';
import { OrganizationQuery, answers, found } from './query-handlers';

type Versions = NonNullable<Awaited<ReturnType<Queries['flowVersions']>>>;
type Lines = NonNullable<Awaited<ReturnType<Queries['flowLines']>>>;
type PastLines = Past & { readonly version?: number };

export class ListOrganizations extends Query<Page<OrganizationItem>> {
  constructor(
    readonly filter: { broker?: string; only?: readonly string[] },
    readonly page: PageRequest,
  ) {
    super();
  }
}

export class GetOrganization extends OrganizationQuery<OrganizationItem> {}

/** A query of one organization with a filter and a page. */
abstract class ListQuery<F, R> extends OrganizationQuery<Page<R>> {
  constructor(
    org: string,
    readonly filter: F,
    readonly page: PageRequest,
    readonly past: Past = {},
  ) {
    super(org);
  }
}

export class ListFiles extends ListQuery<{ status?: string }, FileItem> {}
export class ListPayments extends ListQuery<PaymentFilter, TransferItem> {}
export class ListFlows extends ListQuery<FlowFilter, FlowItem> {}
export class ListCredits extends ListQuery<CreditFilter, CreditItem> {}

export class GetFile extends OrganizationQuery<FileItem> {
  constructor(
    org: string,
    readonly fileId: string,
    readonly past: Past = {},
  ) {
    super(org);
  }
}

export class GetPayment extends OrganizationQuery<PaymentDetail> {
  constructor(
    org: string,
    readonly iuv: string,
    readonly options: PaymentOptions,
  ) {
    super(org);
  }
}

export class GetHistory extends OrganizationQuery<Page<HistoryEntry>> {
  constructor(
    org: string,
    readonly iuv: string,
    readonly page: PageRequest,
  ) {
    super(org);
  }
}

/** A query of one settlement flow. */
abstract class FlowQuery<R> extends OrganizationQuery<R> {
  constructor(
    org: string,
    readonly iuf: string,
    readonly past: PastLines = {},
  ) {
    super(org);
  }
}

export class GetFlow extends FlowQuery<FlowItem> {}
export class GetFlowVersions extends FlowQuery<Versions> {}

export class ListFlowLines extends FlowQuery<Lines> {
  constructor(
    org: string,
    iuf: string,
    readonly page: PageRequest,
    past: PastLines,
  ) {
    super(org, iuf, past);
  }
}

export class GetCredit extends OrganizationQuery<CreditItem> {
  constructor(
    org: string,
    readonly creditId: string,
    readonly past: Past = {},
  ) {
    super(org);
  }
}

export class GetCoverage extends OrganizationQuery<readonly CoverageSource[]> {
  constructor(
    org: string,
    readonly past: Past = {},
  ) {
    super(org);
  }
}

export class GetReconciliationReport extends OrganizationQuery<ReconciliationReport> {
  constructor(
    org: string,
    readonly from: LocalDate,
    readonly to: LocalDate,
    readonly past: Past = {},
  ) {
    super(org);
  }
}

const flowUnknown = (iuf: string) => (): ProblemError => new ProblemError('FLOW_UNKNOWN', { iuf });

/** The events after the one that the cursor names, by revision. */
const historyPage = (events: readonly HistoryEntry[], iuv: string, page: PageRequest): Page<HistoryEntry> => {
  if (events.length === 0) throw new ProblemError('PAYMENT_UNKNOWN', { iuv });
  const after = Number(decodeCursor(page.cursor, 1)?.[0] ?? -1);
  const rest = events.filter((event) => event.revision > after);
  return pageOf(
    rest.slice(0, page.limit + 1),
    page.limit,
    (event) => [event.revision],
    (event) => event,
  );
};

export const QUERY_HANDLERS = [
  answers(ListOrganizations, ({ queries }, q) => queries.organizations(q.filter, q.page)),
  answers(GetOrganization, async ({ queries }, q) =>
    found(await queries.organization(q.org), () => new ProblemError('ORGANIZATION_UNKNOWN', { org: q.org })),
  ),
  answers(ListFiles, ({ queries }, q) => queries.files(q.org, q.filter, q.page, q.past)),
  answers(GetFile, async ({ queries }, q) => found(await queries.file(q.org, q.fileId, q.past), () => new ProblemError('FILE_UNKNOWN'))),
  answers(ListPayments, ({ queries }, q) => queries.payments(q.org, q.filter, q.page, q.past)),
  answers(GetPayment, async ({ queries }, q) =>
    found(await queries.payment(q.org, q.iuv, q.options), () => new ProblemError('PAYMENT_UNKNOWN', { iuv: q.iuv })),
  ),
  answers(GetHistory, async ({ queries }, q) => historyPage(await queries.history(q.org, q.iuv), q.iuv, q.page)),
  answers(ListFlows, ({ queries }, q) => queries.flows(q.org, q.filter, q.page, q.past)),
  answers(GetFlow, async ({ queries }, q) => found(await queries.flow(q.org, q.iuf, q.past), flowUnknown(q.iuf))),
  answers(GetFlowVersions, async ({ queries }, q) => found(await queries.flowVersions(q.org, q.iuf, q.past), flowUnknown(q.iuf))),
  answers(ListFlowLines, async ({ queries }, q) => {
    const lines = found(await queries.flowLines(q.org, q.iuf, q.page, q.past), flowUnknown(q.iuf));
    if (lines === null) throw new ProblemError('FLOW_VERSION_UNKNOWN', { iuf: q.iuf, version: q.past.version ?? 0 });
    return lines;
  }),
  answers(ListCredits, ({ queries }, q) => queries.credits(q.org, q.filter, q.page, q.past)),
  answers(GetCredit, async ({ queries }, q) =>
    found(await queries.credit(q.org, q.creditId, q.past), () => new ProblemError('CREDIT_UNKNOWN')),
  ),
  answers(GetCoverage, ({ queries }, q) => queries.coverage(q.org, q.past)),
  answers(GetReconciliationReport, ({ queries }, q) => queries.reconciliationReport(q.org, { from: q.from, to: q.to, ...q.past })),
];
