export { createLogger, nestLogger, requestLog, type Logger } from './logger';
