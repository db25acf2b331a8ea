export { RECEIPT_LAYOUT } from './layout';
export { readReceiptCsv } from './read';
