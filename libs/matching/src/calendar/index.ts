export * from './bank-days';
export { easter } from './holidays';
export * from './lane';
export * from './settlement-terms';
