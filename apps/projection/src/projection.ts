import type { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import type { EventFeed } from '@quadra/event-feed';
import type { ModelFactory } from '@quadra/read-models';
import {
  ReadModelHost,
  coverageModel,
  creditsModel,
  filesModel,
  flowsModel,
  organizationsModel,
  paymentTeller,
  paymentsModel,
  publicEventsModel,
} from '@quadra/read-models';

export interface ProjectionOptions {
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly feed: EventFeed;
  readonly log?: (message: string, error?: unknown) => void;
}

/** Folds the lives of payments once, for its rows and for the public events. */
const toldPaymentsModel: ModelFactory = (version, scope) => paymentsModel(version, scope, undefined, paymentTeller());

/** Every read model of the product, and what tells the public. */
export const READ_MODELS: readonly ModelFactory[] = [
  ...[toldPaymentsModel, flowsModel, creditsModel, filesModel, organizationsModel, coverageModel],
  publicEventsModel,
];

/** Starts them all. */
export const startProjection = async ({ pool, store, feed, log }: ProjectionOptions): Promise<ReadModelHost> => {
  const host = new ReadModelHost({ pool, store, feed, factories: READ_MODELS, ...(log && { log }) });
  await host.start();
  return host;
};
