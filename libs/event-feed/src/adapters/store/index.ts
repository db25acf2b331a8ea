export { storeFeed, storePart } from './feed';
