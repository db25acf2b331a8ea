export * from './reconciliation-csv';
