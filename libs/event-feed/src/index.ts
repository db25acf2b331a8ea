export * from './port';
export { partitionOf } from './partition';
export { storeFeed, storePart } from './adapters/store';
export * from './adapters/kafka';
export * from './public';
