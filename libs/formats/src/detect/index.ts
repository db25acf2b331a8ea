export { detectFormat } from './detect';
