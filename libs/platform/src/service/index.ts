export { openBackbone, type Backbone } from './backbone';
export { serviceMain, startService, type RunningService, type Service, type ServiceContext, type ServiceDefinition } from './run';
export { serveHttp, type HttpServer } from './serve';
export { Undo } from './undo';
export { productVersion } from './version';
export { whileLeading, type LeadOptions } from './lead';
export { writeSideConsistency } from './write-side';
