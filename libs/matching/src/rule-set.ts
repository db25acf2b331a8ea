/**
 * The rule set that is active until an organization activates another: tolerance 0.00, automatic tiers exact and repaired.
 * Its name stands in every conclusion, with the version of the engine.
 */
export const DEFAULT_RULE_SET = 'default-1/engine-1';
