import { Controller, Get, Headers, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Allows, ApiProblem, Reads, languageOf, splitPage } from '@quadra/platform';
import { ORG } from './organizations.controller';
import { GetHistory, GetPayment, ListPayments } from './queries';
import { HistoryQuery, PaymentQuery, PaymentsQuery, pastOf } from './queries.dto';
import { HistoryEventView, PaymentView, TransferView, pageOfView } from './views';

const TransferPage = pageOfView(TransferView);
const HistoryPage = pageOfView(HistoryEventView);
const IUV = { name: 'iuv', schema: { type: 'string' } } as const;

@ApiTags('payments')
@Controller('organizations/:org/payments')
export class PaymentsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Allows('payments.read')
  @Reads()
  @ApiOperation({ operationId: 'listPayments', summary: 'Transfers, by state, lane, discrepancy and more.' })
  @ApiParam(ORG)
  @ApiOkResponse({ type: TransferPage })
  list(@Param('org') org: string, @Query() query: PaymentsQuery) {
    const { asOf: _, ...rest } = query;
    const { page, filter } = splitPage(rest);
    return this.queries.execute(new ListPayments(org, filter, page, pastOf(query)));
  }

  @Get(':iuv')
  @Allows('payments.read')
  @Reads()
  @ApiOperation({ operationId: 'getPayment', summary: 'Where a payment stands and why; with asOf, what was known then.' })
  @ApiParam(ORG)
  @ApiParam(IUV)
  @ApiOkResponse({ type: PaymentView })
  @ApiProblem(409, 'Payments of several issuers stand under this IUV: say which.')
  get(@Param('org') org: string, @Param('iuv') iuv: string, @Query() query: PaymentQuery, @Headers('accept-language') languages?: string) {
    const options = { lang: languageOf(languages), ...(query.issuer !== undefined && { issuer: query.issuer }), ...pastOf(query) };
    return this.queries.execute(new GetPayment(org, iuv, options));
  }

  @Get(':iuv/history')
  @Allows('payments.read')
  @Reads()
  @ApiOperation({ operationId: 'getHistory', summary: 'The life of a payment, event by event.' })
  @ApiParam(ORG)
  @ApiParam(IUV)
  @ApiOkResponse({ type: HistoryPage })
  history(@Param('org') org: string, @Param('iuv') iuv: string, @Query() query: HistoryQuery) {
    return this.queries.execute(new GetHistory(org, iuv, splitPage(query).page));
  }
}
