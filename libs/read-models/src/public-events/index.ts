export { paymentTeller } from './payment-teller';
export type { PaymentTeller } from './payment-teller';
export { PUBLIC_EVENTS_MODEL, publicEventsModel } from './processor';
export { PUBLIC_EVENTS_SCHEMA, migratePublicEvents } from './tables';
export * from './reading';
export type { PublicEventsAudit } from './audit';
