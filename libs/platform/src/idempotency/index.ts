export { IdempotencyStore, type Claim, type StoredAnswer } from './store';
export { IdempotencyInterceptor, Repeatable } from './interceptor';
