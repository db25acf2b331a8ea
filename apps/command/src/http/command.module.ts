import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { FilesController } from './files.controller';
import { DecideOrganizationHandler, GetOriginalHandler, GetRejectsHandler, TakeFileBackHandler, TakeFileInHandler } from './handlers';
import { OrganizationsController } from './organizations.controller';
import type { CommandPorts } from './ports';
import { COMMAND_PORTS } from './ports';

/** The HTTP interface of the command service: what changes something, and the bytes that it keeps. */
@Module({})
export class CommandModule {
  static forRoot(ports: CommandPorts): DynamicModule {
    return {
      module: CommandModule,
      imports: [CqrsModule.forRoot()],
      controllers: [OrganizationsController, FilesController],
      providers: [
        { provide: COMMAND_PORTS, useValue: ports },
        DecideOrganizationHandler,
        TakeFileInHandler,
        TakeFileBackHandler,
        GetRejectsHandler,
        GetOriginalHandler,
      ],
    };
  }
}
