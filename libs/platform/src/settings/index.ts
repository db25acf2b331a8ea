export { COMMAND_SETTINGS, CommandSettings } from './command';
export { PROJECTION_SETTINGS, ProjectionSettings } from './projection';
export { RECONCILIATION_SETTINGS, ReconciliationSettings } from './reconciliation';
export { ServiceSettings } from './service';
