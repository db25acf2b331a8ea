import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { isUUID } from 'class-validator';
import type { Principal } from '@quadra/platform';
import {
  Allows,
  Caller,
  ProblemError,
  Reads,
  Repeatable,
  SecretMissing,
  actorOf,
  given,
  invalidField,
  requireVisible,
  seesOrganization,
} from '@quadra/platform';
import type { PublicEventsService } from '../service';
import { refusalOf } from '../webhooks/post';
import { TooManyWebhooks } from '../webhooks/store';
import type { Webhook } from '../webhooks/webhook';
import { CreateWebhook, DeliveriesQuery, PatchWebhook, ReplayRequest } from './dto';
import { PUBLIC_EVENTS_PORT } from './port';
import { atPlace } from './problems';
import { CreatedWebhookView, DeliveryPage, SecretView, WebhookPage, WebhookView, deliveryView, webhookView } from './views';

const ID = { name: 'id', schema: { type: 'string', format: 'uuid' } } as const;

/** A webhook shows what its organizations do: whoever does not see all of them does not see it. */
const isVisible = (caller: Principal, { organizations }: Pick<Webhook, 'organizations'>): boolean =>
  organizations === null ? caller.organizations === '*' : organizations.every((org) => seesOrganization(caller, org));

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(@Inject(PUBLIC_EVENTS_PORT) private readonly service: PublicEventsService) {}

  @Get()
  @Allows('webhooks.read')
  @Reads()
  @ApiOperation({ operationId: 'listWebhooks', summary: 'The webhooks whose organizations the key sees.' })
  @ApiOkResponse({ type: WebhookPage })
  async list(@Caller() caller: Principal) {
    const all = await this.service.webhooks.list();
    return { items: all.filter((webhook) => isVisible(caller, webhook)).map(webhookView), nextCursor: null };
  }

  @Post()
  @Allows('webhooks.manage')
  @Repeatable({ secret: true })
  @ApiOperation({ operationId: 'createWebhook', summary: 'Sends public events to an address from now on; shows the secret once.' })
  @ApiCreatedResponse({ type: CreatedWebhookView })
  async create(@Body() body: CreateWebhook, @Caller() caller: Principal): Promise<CreatedWebhookView> {
    this.requireTarget(body.url);
    const organizations = body.organizations ?? (caller.organizations === '*' ? null : caller.organizations);
    for (const org of organizations ?? []) requireVisible(caller, org);
    const { head } = await this.service.events.ends();
    const seq = body.after === undefined ? head : await this.placeOf(body.after);
    const { url, description = '', types = null } = body;
    const request = { url, description, organizations, types, seq, createdBy: actorOf(caller) };
    try {
      const { webhook, secret } = await this.service.webhooks.create(request);
      return { ...webhookView(webhook), secret };
    } catch (error) {
      throw error instanceof TooManyWebhooks || error instanceof SecretMissing
        ? new ProblemError('REFUSED', { reason: error.message })
        : error;
    }
  }

  @Get(':id')
  @Allows('webhooks.read')
  @Reads()
  @ApiOperation({ operationId: 'getWebhook', summary: 'A webhook, how far it has come, and why it was suspended.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: WebhookView })
  async get(@Param('id') id: string, @Caller() caller: Principal): Promise<WebhookView> {
    return webhookView(await this.find(id, caller));
  }

  @Patch(':id')
  @Allows('webhooks.manage')
  @Repeatable()
  @ApiOperation({ operationId: 'changeWebhook', summary: 'Changes a webhook, pauses it, or resumes it where it stopped.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: WebhookView })
  async change(@Param('id') id: string, @Body() body: PatchWebhook, @Caller() caller: Principal): Promise<WebhookView> {
    const webhook = await this.find(id, caller);
    if (body.url !== undefined) this.requireTarget(body.url);
    for (const org of body.organizations ?? []) requireVisible(caller, org);
    const changed = await this.service.webhooks.change(webhook, given(body));
    if (!changed) throw new ProblemError('WEBHOOK_UNKNOWN');
    return webhookView(changed);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allows('webhooks.manage')
  @Repeatable()
  @ApiOperation({ operationId: 'deleteWebhook', summary: 'Ends a webhook and forgets its deliveries.' })
  @ApiParam(ID)
  @ApiNoContentResponse()
  async remove(@Param('id') id: string, @Caller() caller: Principal): Promise<void> {
    await this.find(id, caller);
    await this.service.webhooks.remove(id);
  }

  @Post(':id/replays')
  @HttpCode(202)
  @Allows('webhooks.manage')
  @Repeatable()
  @ApiOperation({ operationId: 'replayWebhook', summary: 'Delivers again everything after a cursor, in order, and then what is new.' })
  @ApiParam(ID)
  @ApiAcceptedResponse({ type: WebhookView })
  async replay(@Param('id') id: string, @Body() { after }: ReplayRequest, @Caller() caller: Principal): Promise<WebhookView> {
    const webhook = await this.find(id, caller);
    const place = await this.placeOf(after);
    if (place > webhook.seq) throw invalidField('after', 'max', 'must not lie beyond what was delivered: nothing may be left out');
    await this.service.webhooks.replay(id, place);
    return webhookView(await this.find(id, caller));
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Allows('webhooks.manage')
  @Repeatable({ secret: true })
  @ApiOperation({ operationId: 'rotateWebhookSecret', summary: 'Makes a new secret; the one before signs beside it for a day.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: SecretView })
  async rotate(@Param('id') id: string, @Caller() caller: Principal): Promise<SecretView> {
    await this.find(id, caller);
    const rotated = await this.service.webhooks.rotate(id);
    if (!rotated) throw new ProblemError('WEBHOOK_UNKNOWN');
    return { secret: rotated.secret, previousSecretUntil: rotated.previousUntil.toISOString() };
  }

  @Get(':id/deliveries')
  @Allows('webhooks.read')
  @Reads()
  @ApiOperation({ operationId: 'listWebhookDeliveries', summary: 'What was sent in the last 30 days and what was answered, latest first.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: DeliveryPage })
  async deliveries(@Param('id') id: string, @Query() { limit, cursor }: DeliveriesQuery, @Caller() caller: Principal) {
    await this.find(id, caller);
    const found = await this.service.deliveries.list(id, limit + 1, cursor);
    const shown = found.slice(0, limit);
    return { items: shown.map(deliveryView), nextCursor: found.length > limit ? (shown.at(-1)?.id ?? null) : null };
  }

  /** @throws WEBHOOK_UNKNOWN for what does not exist and for what the key may not know of. */
  private async find(id: string, caller: Principal): Promise<Webhook> {
    const webhook = isUUID(id) ? await this.service.webhooks.get(id) : undefined;
    if (!webhook || !isVisible(caller, webhook)) throw new ProblemError('WEBHOOK_UNKNOWN');
    return webhook;
  }

  private requireTarget(url: string): void {
    const refusal = refusalOf(url, this.service.settings.allowPrivateWebhooks);
    if (refusal !== undefined) throw invalidField('url', 'isWebhookTarget', refusal);
  }

  /** A place from which events can be delivered. @throws INVALID_CURSOR, EVENTS_EXPIRED */
  private placeOf(cursor: string): Promise<bigint> {
    return atPlace(cursor, async (place) => {
      const { upTo, events } = await this.service.events.after(place, {}, 1);
      return place === 0n && events[0] ? events[0].seq - 1n : place === 0n ? upTo : place;
    });
  }
}
