import { SettingsError } from '@quadra/platform';

export interface PublicEventsSettings {
  /** Days for which public events can be read again. */
  readonly retentionDays: number;
  /** Webhooks may go to private and loopback addresses, and over plain http: for tests and closed networks. */
  readonly allowPrivateWebhooks: boolean;
  /** Copies of the public topics that are created. */
  readonly topicReplication: number;
}

export const PUBLIC_EVENTS_VARIABLES = {
  QUADRA_EVENTS_RETENTION_DAYS: 'days for which public events can be read again; 90 by default',
  QUADRA_WEBHOOK_ALLOW_PRIVATE: '1 lets webhooks go to private addresses and over plain http; nothing by default',
} as const;

const DEFAULT_DAYS = 90;

/** @throws SettingsError naming the variable and what it takes. */
export const publicEventsSettings = (env: NodeJS.ProcessEnv): PublicEventsSettings => {
  const days = env['QUADRA_EVENTS_RETENTION_DAYS'] || String(DEFAULT_DAYS);
  const copies = env['KAFKA_REPLICATION'] || '1';
  const allow = env['QUADRA_WEBHOOK_ALLOW_PRIVATE'] || '0';
  if (!/^[1-9]\d{0,4}$/.test(days))
    throw new SettingsError(`QUADRA_EVENTS_RETENTION_DAYS: ${JSON.stringify(days)} is not a number of days`);
  if (!/^[01]$/.test(allow)) throw new SettingsError(`QUADRA_WEBHOOK_ALLOW_PRIVATE: ${JSON.stringify(allow)} is neither 0 nor 1`);
  if (!/^([1-9]|10)$/.test(copies)) throw new SettingsError(`KAFKA_REPLICATION: ${JSON.stringify(copies)} is not a number from 1 to 10`);
  return { retentionDays: Number(days), allowPrivateWebhooks: allow === '1', topicReplication: Number(copies) };
};
