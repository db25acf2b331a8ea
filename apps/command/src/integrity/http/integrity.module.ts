import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { IntegrityController } from './integrity.controller';
import type { IntegrityPorts } from './ports';
import { INTEGRITY_PORTS } from './ports';
import { TopicController } from './topic.controller';

/** The HTTP interface of the seals, and of what was published. */
@Module({})
export class IntegrityModule {
  static forRoot(ports: IntegrityPorts): DynamicModule {
    return {
      module: IntegrityModule,
      controllers: [IntegrityController, TopicController],
      providers: [{ provide: INTEGRITY_PORTS, useValue: ports }],
    };
  }
}
