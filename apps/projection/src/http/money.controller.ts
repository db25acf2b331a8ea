import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Allows, Reads, splitPage } from '@quadra/platform';
import { ORG } from './organizations.controller';
import { GetCredit, GetFlow, GetFlowVersions, ListCredits, ListFlowLines, ListFlows } from './queries';
import { CreditsQuery, FlowLinesQuery, FlowsQuery, PastQuery, pastOf } from './queries.dto';
import { CreditView, FlowVersionView, SettlementFlowView, SettlementLineView } from './money.views';
import { pageOfView } from './views';

const FlowPage = pageOfView(SettlementFlowView);
const VersionPage = pageOfView(FlowVersionView);
const LinePage = pageOfView(SettlementLineView);
const CreditPage = pageOfView(CreditView);
const IUF = { name: 'iuf', description: 'Flow id; case does not matter.', schema: { type: 'string' } } as const;

@ApiTags('settlement-flows')
@Controller('organizations/:org/settlement-flows')
export class SettlementFlowsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Allows('flows.read')
  @Reads()
  @ApiOperation({ operationId: 'listSettlementFlows', summary: 'Settlement flows: totals, funding, residual.' })
  @ApiParam(ORG)
  @ApiOkResponse({ type: FlowPage })
  list(@Param('org') org: string, @Query() query: FlowsQuery) {
    const { asOf: _, ...rest } = query;
    const { page, filter } = splitPage(rest);
    return this.queries.execute(new ListFlows(org, filter, page, pastOf(query)));
  }

  @Get(':iuf')
  @Allows('flows.read')
  @Reads()
  @ApiOperation({ operationId: 'getSettlementFlow', summary: 'Is this flow funded, by what?' })
  @ApiParam(ORG)
  @ApiParam(IUF)
  @ApiOkResponse({ type: SettlementFlowView })
  get(@Param('org') org: string, @Param('iuf') iuf: string, @Query() query: PastQuery) {
    return this.queries.execute(new GetFlow(org, iuf, pastOf(query)));
  }

  @Get(':iuf/versions')
  @Allows('flows.read')
  @Reads()
  @ApiOperation({ operationId: 'listFlowVersions', summary: 'All versions of a flow, lowest first, with what each changed.' })
  @ApiParam(ORG)
  @ApiParam(IUF)
  @ApiOkResponse({ type: VersionPage })
  async versions(@Param('org') org: string, @Param('iuf') iuf: string, @Query() query: PastQuery) {
    return { items: await this.queries.execute(new GetFlowVersions(org, iuf, pastOf(query))), nextCursor: null };
  }

  @Get(':iuf/lines')
  @Allows('flows.read')
  @Reads()
  @ApiOperation({ operationId: 'listFlowLines', summary: 'The lines of the highest version, or of a named one.' })
  @ApiParam(ORG)
  @ApiParam(IUF)
  @ApiOkResponse({ type: LinePage })
  lines(@Param('org') org: string, @Param('iuf') iuf: string, @Query() query: FlowLinesQuery) {
    const { version } = query;
    const past = { ...pastOf(query), ...(version !== undefined && { version }) };
    return this.queries.execute(new ListFlowLines(org, iuf, splitPage(query).page, past));
  }
}

@ApiTags('credits')
@Controller('organizations/:org/credits')
export class CreditsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Allows('credits.read')
  @Reads()
  @ApiOperation({ operationId: 'listCredits', summary: 'Treasury credits: what they pay for and what is left.' })
  @ApiParam(ORG)
  @ApiOkResponse({ type: CreditPage })
  list(@Param('org') org: string, @Query() query: CreditsQuery) {
    const { asOf: _, ...rest } = query;
    const { page, filter } = splitPage(rest);
    return this.queries.execute(new ListCredits(org, filter, page, pastOf(query)));
  }

  @Get(':creditId')
  @Allows('credits.read')
  @Reads()
  @ApiOperation({ operationId: 'getCredit', summary: 'What explains this credit?' })
  @ApiParam(ORG)
  @ApiParam({ name: 'creditId', schema: { type: 'string' } })
  @ApiOkResponse({ type: CreditView })
  get(@Param('org') org: string, @Param('creditId') creditId: string, @Query() query: PastQuery) {
    return this.queries.execute(new GetCredit(org, creditId, pastOf(query)));
  }
}
