export * from './payment/events';
export * from './settlement-flow/events';
export * from './credit/events';
export * from './journal/events';
export * from './reconciliation/events';
export * from './import-file/events';
export * from './organization/events';
