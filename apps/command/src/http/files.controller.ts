import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Body, Controller, Get, Inject, Param, Post, Req, Res, StreamableFile } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { FILE_FORMATS } from '@quadra/domain';
import { toOrg } from '@quadra/kernel';
import type { Principal } from '@quadra/platform';
import { Allows, Caller, ProblemError, Reads, ReasonBody, Repeatable, actorOf } from '@quadra/platform';
import { FileTakenIn, FileVoidedView } from './dto';
import { GetOriginal, GetRejects, TakeFileBack, TakeFileIn } from './messages';
import { drain, receiveUpload } from './multipart';
import type { CommandPorts } from './ports';
import { COMMAND_PORTS } from './ports';

const ORG = { name: 'org', schema: { type: 'string', pattern: '^\\d{11}$' } } as const;
const FILE_ID = { name: 'fileId', schema: { type: 'string' } } as const;

/** Boundaries, headers of parts and the `format` field: what a form adds to its file. */
const FORM_BYTES = 65_536;

const FORM = {
  type: 'object',
  required: ['file'],
  properties: {
    format: {
      type: 'string',
      enum: [...FILE_FORMATS],
      description: 'Only to insist: the format is found in the content. Stands before the file.',
    },
    file: { type: 'string', format: 'binary' },
  },
};

@ApiTags('files')
@Controller('organizations/:org/files')
export class FilesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    @Inject(COMMAND_PORTS) private readonly ports: CommandPorts,
  ) {}

  @Post()
  @Allows('files.take-in')
  @ApiOperation({ operationId: 'takeFileIn', summary: 'Takes a file in. Safe to repeat: the bytes are its identity.' })
  @ApiParam(ORG)
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: FORM })
  @ApiAcceptedResponse({ type: FileTakenIn, description: 'The bytes are stored and will be read.' })
  @ApiOkResponse({ type: FileTakenIn, description: 'The same bytes were here already.' })
  async takeIn(
    @Param('org') org: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Caller() caller: Principal,
  ): Promise<FileTakenIn> {
    const act = { actor: actorOf(caller), commandId: randomUUID() };
    try {
      this.requireRoom(request);
      const { name, content, format } = await receiveUpload(request);
      const taken = await this.commands.execute(new TakeFileIn(toOrg(org), name, content, format, act));
      response.status(taken.duplicate ? 200 : 202).location(`/api/v1/organizations/${org}/files/${taken.fileId}`);
      return { fileId: taken.fileId, status: taken.status, duplicate: taken.duplicate, position: String(taken.position) };
    } catch (error) {
      response.set('Connection', 'close');
      await drain(request);
      throw error;
    }
  }

  @Post(':fileId/void')
  @Allows('files.void')
  @Repeatable()
  @ApiOperation({ operationId: 'voidFile', summary: 'Takes a wrong file back: nothing that it alone said stands afterwards.' })
  @ApiParam(ORG)
  @ApiParam(FILE_ID)
  @ApiBody({ type: ReasonBody })
  @ApiAcceptedResponse({ type: FileVoidedView, description: 'It is taken back; `after` the position all of it has gone.' })
  @ApiOkResponse({ type: FileVoidedView, description: 'It was taken back before.' })
  async takeBack(
    @Param('org') org: string,
    @Param('fileId') fileId: string,
    @Body() { reason }: ReasonBody,
    @Caller() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<FileVoidedView> {
    const act = { actor: actorOf(caller), commandId: randomUUID() };
    const { duplicate, position } = await this.commands.execute(new TakeFileBack(toOrg(org), fileId, reason, act));
    response.status(duplicate ? 200 : 202);
    return { fileId, status: 'voided', duplicate, position: String(position) };
  }

  @Get(':fileId/rejects')
  @Allows('files.rejects')
  @Reads()
  @ApiOperation({ operationId: 'getRejects', summary: 'The records of a file that were rejected, and why: line;field;code;message.' })
  @ApiParam(ORG)
  @ApiParam(FILE_ID)
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async rejects(@Param('org') org: string, @Param('fileId') fileId: string): Promise<StreamableFile> {
    const csv = await this.queries.execute(new GetRejects(toOrg(org), fileId));
    return new StreamableFile(Readable.from(csv, { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="rejects-${fileId.slice(0, 12)}.csv"`,
    });
  }

  @Get(':fileId/original')
  @Allows('files.original')
  @Reads()
  @ApiOperation({ operationId: 'getOriginal', summary: 'A file as it came, byte for byte.' })
  @ApiParam(ORG)
  @ApiParam(FILE_ID)
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async original(@Param('org') org: string, @Param('fileId') fileId: string): Promise<StreamableFile> {
    const { name, bytes, stream } = await this.queries.execute(new GetOriginal(toOrg(org), fileId));
    return new StreamableFile(Readable.from(stream, { objectMode: false }), {
      type: 'application/octet-stream',
      disposition: `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`,
      length: bytes,
    });
  }

  /** A length that is told can be refused before anything is sent; the intake counts the bytes of the file itself. */
  private requireRoom(request: Request): void {
    const { maxBytes } = this.ports.intake;
    if (Number(request.headers['content-length'] ?? 0) > maxBytes + FORM_BYTES) throw new ProblemError('TOO_LARGE', { maxBytes });
  }
}
