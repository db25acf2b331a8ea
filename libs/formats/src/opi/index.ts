export type { PageId } from './header';
export { pageOf, readOpi } from './read';
