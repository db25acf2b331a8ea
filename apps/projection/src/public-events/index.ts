export { startPublicEvents } from './service';
export type { PublicEventsOptions, PublicEventsService } from './service';
export { PUBLIC_EVENTS_VARIABLES, publicEventsSettings } from './settings';
export type { PublicEventsSettings } from './settings';
export { kafkaSink } from './kafka-sink';
export { PublicEventsModule } from './http/module';
export { startClusterPublicEvents } from './cluster';
