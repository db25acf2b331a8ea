import type { Pool } from 'pg';
import type { EventFeed } from '@quadra/event-feed';
import { ReadModelHost, coverageModel, creditsModel, filesModel, flowsModel, organizationsModel, paymentsModel } from '@quadra/read-models';

export interface ProjectionOptions {
  readonly pool: Pool;
  readonly feed: EventFeed;
  readonly log?: (message: string, error?: unknown) => void;
}

/** Starts every read model of the product. */
export const startProjection = async ({ pool, feed, log }: ProjectionOptions): Promise<ReadModelHost> => {
  const factories = [paymentsModel, flowsModel, creditsModel, filesModel, organizationsModel, coverageModel];
  const host = new ReadModelHost({ pool, feed, factories, ...(log && { log }) });
  await host.start();
  return host;
};
