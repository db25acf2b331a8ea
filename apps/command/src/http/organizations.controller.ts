import { randomUUID } from 'node:crypto';
import { Body, Controller, Param, Patch, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { OrganizationSettings } from '@quadra/domain';
import { toOrg } from '@quadra/kernel';
import type { Principal } from '@quadra/platform';
import { Allows, Caller, Repeatable, actorOf, given, requireVisible } from '@quadra/platform';
import { OrganizationChanges, OrganizationRegistration, OrganizationWritten } from './dto';
import { DecideOrganization } from './messages';

const actOf = (caller: Principal) => ({ actor: actorOf(caller), commandId: randomUUID() });

@ApiTags('organizations')
@Controller('organizations')
export class OrganizationsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @Allows('organizations.register')
  @Repeatable()
  @ApiOperation({ operationId: 'registerOrganization', summary: 'Registers an organization; the same data again change nothing (200).' })
  @ApiBody({ type: OrganizationRegistration })
  @ApiCreatedResponse({ type: OrganizationWritten })
  @ApiOkResponse({ type: OrganizationWritten, description: 'It was registered with these data already.' })
  async register(
    @Body() body: OrganizationRegistration,
    @Caller() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrganizationWritten> {
    const { fiscalCode, ...data } = given(body);
    requireVisible(caller, fiscalCode);
    const written = await this.commands.execute(
      new DecideOrganization(toOrg(fiscalCode), { type: 'RegisterOrganization', ...data }, actOf(caller)),
    );
    response.status(written.changed ? 201 : 200).location(`/api/v1/organizations/${fiscalCode}`);
    return { fiscalCode, position: written.position };
  }

  @Patch(':org')
  @Allows('organizations.configure')
  @Repeatable()
  @ApiOperation({ operationId: 'configureOrganization', summary: 'Changes settings of an organization; what is not named stays.' })
  @ApiParam({ name: 'org', schema: { type: 'string', pattern: '^\\d{11}$' } })
  @ApiBody({ type: OrganizationChanges })
  @ApiOkResponse({ type: OrganizationWritten })
  async configure(@Param('org') org: string, @Body() body: OrganizationChanges, @Caller() caller: Principal): Promise<OrganizationWritten> {
    const { name, accounts, ...rest } = given(body);
    const settings: Partial<OrganizationSettings> = { ...rest, ...(accounts && { accounts: accounts.map(given) }) };
    const command = { type: 'ConfigureOrganization' as const, settings, ...(name !== undefined && { name }) };
    const { position } = await this.commands.execute(new DecideOrganization(toOrg(org), command, actOf(caller)));
    return { fiscalCode: org, position };
  }
}
