export * from './legacy-labels';
