export { createHttpApp, type HttpAppOptions } from './app';
export { Reads, type Consistency } from './consistency';
export * from './dto';
