import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { cloudEventJson } from '@quadra/event-feed';
import type { PublicEventFilter, PublicEventPage } from '@quadra/read-models';
import { publicCursor } from '@quadra/read-models';
import type { Principal } from '@quadra/platform';
import { Allows, Caller, StillAllowed, requireVisible } from '@quadra/platform';
import type { PublicEventsService } from '../service';
import { EventsQuery } from './dto';
import { PUBLIC_EVENTS_PORT } from './port';
import { atPlace } from './problems';
import { streamEvents, whileAllowed } from './stream';
import { PublicEventPageView } from './views';

/** Looks of one request at an outbox in which nothing matches; then the client is told how far it came. */
const MOST_LOOKS = 25;

/** What the key may see of what was asked for. @throws ORGANIZATION_UNKNOWN */
const filterFor = ({ org, types }: EventsQuery, caller: Principal): PublicEventFilter => {
  if (org !== undefined) requireVisible(caller, org);
  const organizations = org !== undefined ? [org] : caller.organizations === '*' ? undefined : caller.organizations;
  return { ...(organizations && { organizations }), ...(types && { types }) };
};

/** Ends when the client goes away or the answer is complete. */
const closingOf = (response: Response): AbortSignal => {
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  if (response.destroyed) abort.abort(); // it went before it was let in: nobody says so again
  return abort.signal;
};

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(@Inject(PUBLIC_EVENTS_PORT) private readonly service: PublicEventsService) {}

  @Get()
  @Allows('events.read')
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'Public events in order, from a cursor on; waits for news (`wait`), or streams them (`Accept: text/event-stream`).',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Of a stream that broke: goes on from there, before `after`.',
    schema: { type: 'string' },
  })
  @ApiProduces('application/json', 'text/event-stream')
  @ApiOkResponse({ type: PublicEventPageView })
  async list(
    @Query() query: EventsQuery,
    @Caller() caller: Principal,
    @StillAllowed() isStillAllowed: () => Promise<boolean>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const filter = filterFor(query, caller);
    const closed = whileAllowed(isStillAllowed, closingOf(response));
    const streaming = request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream';
    const cursor = streaming ? (request.get('last-event-id') ?? query.after) : query.after;
    const page = await atPlace(cursor, (place) =>
      streaming ? this.service.events.after(place, filter, query.limit) : this.read(place, filter, query, closed),
    );
    if (streaming) return streamEvents(this.service, page, filter, response, closed);
    const items = page.events.map(cloudEventJson).join(',');
    response
      .status(200)
      .type('application/json')
      .send(`{"items":[${items}],"nextCursor":${JSON.stringify(publicCursor(page.upTo))}}`);
  }

  /** Looks on while nothing matches, and at the end waits as long as the client does. */
  private async read(
    place: bigint,
    filter: PublicEventFilter,
    { limit, wait }: EventsQuery,
    closed: AbortSignal,
  ): Promise<PublicEventPage> {
    const { events, watch } = this.service;
    const until = Date.now() + wait * 1000;
    let page = await events.after(place, filter, limit);
    for (let looks = 1; page.events.length === 0 && looks < MOST_LOOKS; looks++) {
      if (closed.aborted) break;
      const left = until - Date.now();
      if (page.atEnd && (left <= 0 || !(await watch.waitBeyond(page.upTo, left, closed)))) break;
      page = await events.after(page.upTo, filter, limit);
    }
    return page;
  }
}
