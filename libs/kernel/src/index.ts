export * from './decider';
export * from './money';
export * from './time';
export * from './ids';
export * from './hash';
