import { IsInt, IsNotEmpty, Max, Min } from 'class-validator';
import type { SettingDescription } from '../config';
import { ServiceSettings, commonSettings } from './service';

export class CommandSettings extends ServiceSettings {
  @IsNotEmpty()
  dataDir!: string;

  @IsInt()
  @Min(1)
  maxFileBytes!: number;

  @IsInt()
  @Min(1)
  @Max(64)
  parallelImports!: number;

  @IsInt()
  @Min(1)
  @Max(10)
  kafkaReplication!: number;

  @IsInt()
  @Min(1)
  @Max(36_500)
  kafkaRetentionDays!: number;
}

/** Every setting of the command service. */
export const COMMAND_SETTINGS: readonly SettingDescription<CommandSettings>[] = [
  ...commonSettings(3001),
  { name: 'dataDir', env: 'QUADRA_DATA', means: 'folder of secret.key, where QUADRA_SECRET is not set', byDefault: './.quadra' },
  { name: 'maxFileBytes', env: 'QUADRA_MAX_FILE_BYTES', kind: 'number', means: 'largest file that is taken in', byDefault: '2147483648' },
  {
    name: 'parallelImports',
    env: 'QUADRA_PARALLEL_IMPORTS',
    kind: 'number',
    means: 'organizations whose files one process imports at the same time',
    byDefault: '2',
  },
  {
    name: 'kafkaReplication',
    env: 'KAFKA_REPLICATION',
    kind: 'number',
    means: 'copies of each partition of the topics that are created',
    byDefault: '1',
  },
  {
    name: 'kafkaRetentionDays',
    env: 'KAFKA_RETENTION_DAYS',
    kind: 'number',
    means: 'how long the topics that are created keep messages',
    byDefault: '7',
  },
];
