import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@quadra/platform';
import { Allows, Caller, Reads, splitPage } from '@quadra/platform';
import { CoverageSourceView } from './operation.views';
import { GetCoverage, GetFile, GetOrganization, ListFiles, ListOrganizations } from './queries';
import { FilesQuery, OrganizationsQuery, PastQuery, pastOf } from './queries.dto';
import { FileView, OrganizationView, pageOfView } from './views';

export const ORG = { name: 'org', schema: { type: 'string', pattern: '^\\d{11}$' } } as const;

const OrganizationPage = pageOfView(OrganizationView);
const FilePage = pageOfView(FileView);
const CoveragePage = pageOfView(CoverageSourceView);

@ApiTags('organizations')
@Controller('organizations')
export class OrganizationQueriesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Allows('organizations.read')
  @Reads()
  @ApiOperation({ operationId: 'listOrganizations', summary: 'The organizations that the key sees.' })
  @ApiOkResponse({ type: OrganizationPage })
  list(@Query() query: OrganizationsQuery, @Caller() caller: Principal) {
    const { page, filter } = splitPage(query);
    const only = caller.organizations === '*' ? {} : { only: caller.organizations };
    return this.queries.execute(new ListOrganizations({ ...filter, ...only }, page));
  }

  @Get(':org')
  @Allows('organizations.read')
  @Reads()
  @ApiOperation({ operationId: 'getOrganization', summary: 'An organization and its settings.' })
  @ApiParam(ORG)
  @ApiOkResponse({ type: OrganizationView })
  get(@Param('org') org: string) {
    return this.queries.execute(new GetOrganization(org));
  }

  @Get(':org/files')
  @Allows('files.read')
  @Reads()
  @ApiTags('files')
  @ApiOperation({ operationId: 'listFiles', summary: 'The files that an organization took in, latest first.' })
  @ApiParam(ORG)
  @ApiOkResponse({ type: FilePage })
  files(@Param('org') org: string, @Query() query: FilesQuery) {
    const { asOf: _, ...rest } = query;
    const { page, filter } = splitPage(rest);
    return this.queries.execute(new ListFiles(org, filter, page, pastOf(query)));
  }

  @Get(':org/files/:fileId')
  @Allows('files.read')
  @Reads()
  @ApiTags('files')
  @ApiOperation({ operationId: 'getFile', summary: 'Where a file stands and what became of its records.' })
  @ApiParam(ORG)
  @ApiParam({ name: 'fileId', schema: { type: 'string' } })
  @ApiOkResponse({ type: FileView })
  file(@Param('org') org: string, @Param('fileId') fileId: string, @Query() query: PastQuery) {
    return this.queries.execute(new GetFile(org, fileId, pastOf(query)));
  }

  @Get(':org/coverage')
  @Allows('coverage.read')
  @Reads()
  @ApiOperation({ operationId: 'getCoverage', summary: 'Which days each source was seen for, and what is missing.' })
  @ApiParam(ORG)
  @ApiOkResponse({ type: CoveragePage })
  async coverage(@Param('org') org: string, @Query() query: PastQuery) {
    return { items: await this.queries.execute(new GetCoverage(org, pastOf(query))), nextCursor: null };
  }
}
