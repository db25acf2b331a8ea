import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { PublicEventsModule } from '../public-events';
import { AuditController } from './audit.controller';
import { CreditsController, SettlementFlowsController } from './money.controller';
import { OrganizationQueriesController } from './organizations.controller';
import { PaymentsController } from './payments.controller';
import type { ProjectionPorts } from './ports';
import { PROJECTION_PORTS } from './ports';
import { ProcessorsController } from './processors.controller';
import { QUERY_HANDLERS } from './queries';
import { RebuildReadModelHandler } from './rebuilds';
import { ReportsController } from './reports.controller';

/** The HTTP interface of the projection service: what is read, and the rebuilding of what it is read from. */
@Module({})
export class ProjectionModule {
  static forRoot(ports: ProjectionPorts): DynamicModule {
    return {
      module: ProjectionModule,
      imports: [CqrsModule.forRoot(), PublicEventsModule.forRoot(ports.publicEvents)],
      controllers: [
        OrganizationQueriesController,
        PaymentsController,
        SettlementFlowsController,
        CreditsController,
        ReportsController,
        ProcessorsController,
        AuditController,
      ],
      providers: [{ provide: PROJECTION_PORTS, useValue: ports }, RebuildReadModelHandler, ...QUERY_HANDLERS],
    };
  }
}
