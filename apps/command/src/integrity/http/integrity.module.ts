import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { IntegrityController } from './integrity.controller';
import type { IntegrityPorts } from './ports';
import { INTEGRITY_PORTS } from './ports';

/** The HTTP interface of the seals. */
@Module({})
export class IntegrityModule {
  static forRoot(ports: IntegrityPorts): DynamicModule {
    return { module: IntegrityModule, controllers: [IntegrityController], providers: [{ provide: INTEGRITY_PORTS, useValue: ports }] };
  }
}
