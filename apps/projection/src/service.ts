import { organizationStream } from '@quadra/domain';
import { toOrg } from '@quadra/kernel';
import type { Service, ServiceContext, ServiceDefinition } from '@quadra/platform';
import { PROJECTION_SETTINGS, ProjectionSettings } from '@quadra/platform';
import { type ProcessorStatus, RemoteProcessors } from '@quadra/processing';
import type { ReadModelHost } from '@quadra/read-models';
import { Queries } from '@quadra/read-models';
import { Consistency, httpConsistency } from './consistency';
import type { ProcessorsPort } from './http/ports';
import { ProjectionModule } from './http/projection.module';
import { startProjection } from './projection';
import { startClusterPublicEvents } from './public-events';

const reportOf = (host: ReadModelHost, isAwaited: boolean): Promise<ProcessorStatus[]> =>
  Promise.all(host.live.map((group) => group.report(isAwaited)));

/** The processors of all services, and the rebuilding of those that run here. */
const processorsPort = (host: ReadModelHost, others: readonly RemoteProcessors[]): ProcessorsPort => ({
  status: async () => {
    const [own, ...rest] = await Promise.all([reportOf(host, false), ...others.map((other) => other.status())]);
    return [...own, ...rest.flat()];
  },
  startRebuild: (name) => host.startRebuild(name),
  rebuilds: () => host.rebuilds(),
});

const start = async (context: ServiceContext<ProjectionSettings>): Promise<Service> => {
  const { settings, backbone, pool, workPool, log } = context;
  const { store, feed } = backbone;
  const host = await startProjection({ pool: workPool, store, feed, log });
  const { kafka } = backbone;
  const publicEvents = await startClusterPublicEvents({ pool, databaseUrl: settings.databaseUrl, settings, log, ...(kafka && { kafka }) });
  const remote = (url: string): RemoteProcessors => new RemoteProcessors({ url, key: settings.internalKey });
  const [reconciliation, command] = [remote(settings.reconciliationUrl), remote(settings.commandUrl)];
  const consistency = new Consistency({
    pool,
    partitions: feed.partitions,
    partitionOf: (org) => feed.partitionOf(organizationStream(toOrg(org))),
    matcher: reconciliation.view('matcher'),
    lifecycle: reconciliation.view('lifecycle'),
    models: () => host.live,
  });
  const queries = new Queries(pool, store, (org) => consistency.reconciledOf(org));
  const position = async (): Promise<string> => String(await consistency.position());
  const processors = processorsPort(host, [reconciliation, command]);
  return {
    modules: () => [ProjectionModule.forRoot({ queries, processors, publicEvents, position, log, clock: () => new Date() })],
    consistency: httpConsistency(consistency),
    describes: [settings.commandUrl, settings.reconciliationUrl],
    processors: () => host.live.map((group) => group.status()),
    report: (isAwaited) => reportOf(host, isAwaited),
    retryParked: async (name, org, skip) => (await host.group(name)?.retryParked(org, skip)) ?? false,
    stop: async () => {
      await publicEvents.stop();
      await host.stop();
    },
  };
};

/** Builds the read models and answers from them. */
export const projectionService: ServiceDefinition<ProjectionSettings> = {
  name: 'projection',
  settings: ProjectionSettings,
  list: PROJECTION_SETTINGS,
  readOnly: true,
  start,
};
