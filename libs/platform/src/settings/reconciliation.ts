import { IsUrl } from 'class-validator';
import type { SettingDescription } from '../config';
import { HTTP, ServiceSettings, commonSettings } from './service';

export class ReconciliationSettings extends ServiceSettings {
  @IsUrl(HTTP)
  projectionUrl!: string;
}

/** Every setting of the reconciliation service. */
export const RECONCILIATION_SETTINGS: readonly SettingDescription<ReconciliationSettings>[] = [
  ...commonSettings(3002),
  { name: 'projectionUrl', env: 'QUADRA_PROJECTION_URL', means: 'where this service reaches the projection service', byDefault: '' },
];
