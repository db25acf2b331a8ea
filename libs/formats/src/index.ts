export * from './intake';
export * from './xml';
