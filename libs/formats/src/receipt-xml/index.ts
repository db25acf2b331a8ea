export { RECEIPT_ROOTS, readReceiptXml } from './read';
