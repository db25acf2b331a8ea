import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ParkedController, RetryParkedHandler } from './parked';
import type { ReconciliationPorts } from './ports';
import { RECONCILIATION_PORTS } from './ports';

/** The HTTP interface of the reconciliation service: organizations whose processing stopped. */
@Module({})
export class ReconciliationModule {
  static forRoot(ports: ReconciliationPorts): DynamicModule {
    return {
      module: ReconciliationModule,
      imports: [CqrsModule.forRoot()],
      controllers: [ParkedController],
      providers: [{ provide: RECONCILIATION_PORTS, useValue: ports }, RetryParkedHandler],
    };
  }
}
