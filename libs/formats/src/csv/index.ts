export { csvEncoding } from './encoding';
export { type Layout, type Row, type TableRow, columnKey, headerKeys, tableRows } from './table';
