import { IsBoolean, IsInt, IsUrl, Max, Min } from 'class-validator';
import type { SettingDescription } from '../config';
import { HTTP, ServiceSettings, commonSettings } from './service';

export class ProjectionSettings extends ServiceSettings {
  @IsUrl(HTTP)
  reconciliationUrl!: string;

  @IsUrl(HTTP)
  commandUrl!: string;

  @IsInt()
  @Min(1)
  @Max(10)
  topicReplication!: number;

  @IsInt()
  @Min(1)
  @Max(99_999)
  retentionDays!: number;

  @IsBoolean()
  allowPrivateWebhooks!: boolean;
}

/** Every setting of the projection service. */
export const PROJECTION_SETTINGS: readonly SettingDescription<ProjectionSettings>[] = [
  ...commonSettings(3003),
  {
    name: 'reconciliationUrl',
    env: 'QUADRA_RECONCILIATION_URL',
    means: 'where this service reaches the reconciliation service',
    byDefault: '',
  },
  { name: 'commandUrl', env: 'QUADRA_COMMAND_URL', means: 'where this service reaches the command service', byDefault: '' },
  {
    name: 'topicReplication',
    env: 'KAFKA_REPLICATION',
    kind: 'number',
    means: 'copies of each partition of the topics that are created',
    byDefault: '1',
  },
  {
    name: 'retentionDays',
    env: 'QUADRA_EVENTS_RETENTION_DAYS',
    kind: 'number',
    means: 'days for which public events can be read again',
    byDefault: '90',
  },
  {
    name: 'allowPrivateWebhooks',
    env: 'QUADRA_WEBHOOK_ALLOW_PRIVATE',
    kind: 'switch',
    means: '1 lets webhooks go to private addresses and over plain http',
    byDefault: '0',
  },
];
