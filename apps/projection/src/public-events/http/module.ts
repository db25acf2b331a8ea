import type { DynamicModule, OnModuleInit } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Request, Response } from 'express';
import { asyncApiDocument } from '@quadra/event-feed';
import type { PublicEventsService } from '../service';
import { EventsController } from './events.controller';
import { PUBLIC_EVENTS_PORT } from './port';
import { WebhooksController } from './webhooks.controller';

/** The HTTP interface of the public events; the document that describes them stands beside the OpenAPI one. */
@Module({})
export class PublicEventsModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  static forRoot(service: PublicEventsService): DynamicModule {
    return {
      module: PublicEventsModule,
      controllers: [EventsController, WebhooksController],
      providers: [{ provide: PUBLIC_EVENTS_PORT, useValue: service }],
    };
  }

  onModuleInit(): void {
    const document = JSON.stringify(asyncApiDocument());
    this.host.httpAdapter.get('/api/asyncapi.json', (_: Request, response: Response) => {
      response.type('application/json').send(document);
    });
  }
}
