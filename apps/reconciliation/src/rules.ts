export { DEFAULT_RULE_SET } from '@quadra/matching';

/** Where the reconciliation service keeps its write-side state; nobody else touches it. */
export const RECONCILIATION_SCHEMA = 'reconciliation';
