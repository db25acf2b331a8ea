import type { DynamicModule } from '@nestjs/common';
import type { MetricsRegistry, ServiceContext, ServiceDefinition, Service } from '@quadra/platform';
import { COMMAND_SETTINGS, CommandSettings, openKeyring, writeSideConsistency } from '@quadra/platform';
import { compareTopic } from '@quadra/event-feed';
import type { EventStore } from '@quadra/event-store';
import type { Command } from './command';
import { startCommand } from './command';
import { CommandModule } from './http/command.module';
import { countedIntake } from './http/counted-intake';
import { type CompareTopic, TopicAudit } from './integrity';
import { IntegrityModule } from './integrity/http/integrity.module';
import type { RunningRelay } from './relay';
import { startRelay } from './relay';

const relayOf = async ({ settings, backbone, log }: ServiceContext<CommandSettings>): Promise<RunningRelay | undefined> => {
  const { store, kafka } = backbone;
  if (!kafka) return undefined;
  return startRelay({
    store,
    kafka,
    log,
    topic: settings.eventsTopic,
    partitions: settings.partitions,
    replicationFactor: settings.kafkaReplication,
    retentionDays: settings.kafkaRetentionDays,
    databaseUrl: settings.databaseUrl,
  });
};

const topicAuditOf = ({ settings, backbone, pool, log }: ServiceContext<CommandSettings>, relay?: RunningRelay): TopicAudit | undefined => {
  const { kafka } = backbone;
  if (!kafka || !relay) return undefined;
  const { eventsTopic: topic, partitions } = settings;
  const compare: CompareTopic = async (signal, onProgress) => {
    const store = await backbone.openReader();
    const options = { kafka, store, topic, partitions, relayed: relay.position(), signal, onProgress };
    return compareTopic(options).finally(() => store.close());
  };
  return new TopicAudit(pool, compare, log);
};

const modulesOf = (command: Command, store: EventStore, metrics: MetricsRegistry, topic?: TopicAudit): DynamicModule[] => {
  const { organizations, integrity } = command;
  const position = async (): Promise<string> => String(await store.head());
  return [
    CommandModule.forRoot({ organizations, store, intake: countedIntake(metrics, command.intake) }),
    IntegrityModule.forRoot({ integrity, position, ...(topic && { topic }) }),
  ];
};

const start = async (context: ServiceContext<CommandSettings>): Promise<Service> => {
  const { settings, backbone, pool, log } = context;
  const { store } = backbone;
  const relay = await relayOf(context);
  const topicAudit = topicAuditOf(context, relay);
  const command = await startCommand({
    pool,
    store,
    log,
    databaseUrl: settings.databaseUrl,
    openReader: () => backbone.openReader(),
    keyring: openKeyring({ dataDir: settings.dataDir }),
    parallel: settings.parallelImports,
    maxFileBytes: settings.maxFileBytes,
  });
  await command.intake.start();
  return {
    modules: (metrics) => {
      relay?.measure(metrics);
      return modulesOf(command, store, metrics, topicAudit);
    },
    consistency: writeSideConsistency(store, (org, position) => command.intake.isSettled(org, position)),
    processors: () => [],
    report: () => Promise.resolve([]),
    retryParked: () => Promise.resolve(false),
    stop: async () => {
      await command.intake.stop();
      await command.integrity.stop();
      await topicAudit?.stop();
      await relay?.stop();
    },
  };
};

/** Commands in, intake of files, seals, and the relay to Kafka. */
export const commandService: ServiceDefinition<CommandSettings> = {
  name: 'command',
  settings: CommandSettings,
  list: COMMAND_SETTINGS,
  start,
};
