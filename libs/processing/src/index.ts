export * from './copy';
export * from './checkpoints';
export * from './processor';
export * from './runner';
export * from './recent';
