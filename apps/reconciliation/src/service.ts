import type { Service, ServiceContext, ServiceDefinition } from '@quadra/platform';
import { RECONCILIATION_SETTINGS, ReconciliationSettings, writeSideConsistency } from '@quadra/platform';
import { RemoteProcessors } from '@quadra/processing';
import type { ReconciliationPorts } from './http/ports';
import { ReconciliationModule } from './http/reconciliation.module';
import type { Reconciliation } from './reconciliation';
import { startReconciliation } from './reconciliation';

type Parked = Awaited<ReturnType<ReconciliationPorts['processors']['parked']>>;

/** What is parked in all services, and where to try again. */
const parkedPorts = ({ groups, retryParked }: Reconciliation, projection: RemoteProcessors): ReconciliationPorts['processors'] => ({
  parked: async () => {
    const all = [...(await Promise.all(groups.map((group) => group.report()))), ...(await projection.status())];
    return all.flatMap(({ name, parked }): Parked => parked.map((organization) => ({ processor: name, organization })));
  },
  retryParked: (name, org, skip) =>
    groups.some((group) => group.name === name) ? retryParked(name, org, skip) : projection.retryParked(name, org, skip),
});

const start = async (context: ServiceContext<ReconciliationSettings>): Promise<Service> => {
  const { settings, backbone, workPool, log } = context;
  const { store, feed } = backbone;
  const reconciliation = await startReconciliation({ pool: workPool, store, feed, log });
  const projection = new RemoteProcessors({ url: settings.projectionUrl, key: settings.internalKey });
  const consistency = writeSideConsistency(store);
  const position = (): Promise<string> => consistency.position(undefined);
  return {
    modules: () => [ReconciliationModule.forRoot({ processors: parkedPorts(reconciliation, projection), position, log })],
    consistency,
    processors: () => reconciliation.groups.map((group) => group.status()),
    report: (isAwaited) => Promise.all(reconciliation.groups.map((group) => group.report(isAwaited))),
    retryParked: (name, org, skip) => reconciliation.retryParked(name, org, skip),
    stop: () => reconciliation.stop(),
  };
};

/** Judges the money, and carries the judgements into the payment streams. */
export const reconciliationService: ServiceDefinition<ReconciliationSettings> = {
  name: 'reconciliation',
  settings: ReconciliationSettings,
  list: RECONCILIATION_SETTINGS,
  start,
};
