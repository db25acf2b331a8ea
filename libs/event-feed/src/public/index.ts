export * from './catalogue';
export * from './envelope';
export * from './validate';
export * from './sink';
export { asyncApiDocument } from './asyncapi';
export { FLOW_STATES as PUBLIC_FLOW_STATES, NOT_BOOKABLE_REASONS } from './money-events';
export { TRANSFER_STATES as PUBLIC_TRANSFER_STATES } from './payment-events';
