import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { Response } from 'express';
import type { LocalDate } from '@quadra/kernel';
import { romeDate, toDate } from '@quadra/kernel';
import { Allows, ProblemError, Reads, invalidField } from '@quadra/platform';
import { reportCsv } from '@quadra/reporting';
import { ReconciliationReportView } from './operation.views';
import { ORG } from './organizations.controller';
import type { ProjectionPorts } from './ports';
import { PROJECTION_PORTS } from './ports';
import { GetReconciliationReport } from './queries';
import { ReportQuery, pastOf } from './queries.dto';

const REPORTS = ['reconciliation'] as const;

@ApiTags('reports')
@ApiExtraModels(ReconciliationReportView)
@Controller('organizations/:org/reports')
export class ReportsController {
  constructor(
    private readonly queries: QueryBus,
    @Inject(PROJECTION_PORTS) private readonly ports: ProjectionPorts,
  ) {}

  @Get(':name')
  @Allows('reports.read')
  @Reads()
  @ApiOperation({ operationId: 'getReport', summary: 'Counts and cents by state, lane and discrepancy; opening + in − out = closing.' })
  @ApiParam(ORG)
  @ApiParam({ name: 'name', schema: { type: 'string', enum: [...REPORTS] } })
  @ApiOkResponse({
    description: 'JSON, or CSV with `format=csv`: UTF-8, separated by semicolons, with a header.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(ReconciliationReportView) } },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  async report(
    @Param('org') org: string,
    @Param('name') name: string,
    @Query() query: ReportQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    if (!REPORTS.some((known) => known === name)) throw new ProblemError('REPORT_UNKNOWN', { known: REPORTS.join(', ') });
    const { from, to } = this.period(query);
    const report = await this.queries.execute(new GetReconciliationReport(org, from, to, pastOf(query)));
    if (query.format !== 'csv') return report;
    response.type('text/csv; charset=utf-8').attachment(`${name}-${org}-${from}-${to}.csv`);
    return reportCsv(report);
  }

  private period({ from, to }: ReportQuery): { from: LocalDate; to: LocalDate } {
    const last = to ?? romeDate(this.ports.clock());
    const first = from ?? toDate(`${last.slice(0, 7)}-01`);
    if (first > last) throw invalidField('from', 'notAfter', 'from must not be after to');
    return { from: first, to: last };
  }
}
