import { FormatError, type IntakeRecord, type ReaderContext, type Source } from '../intake';
import { batches, reject } from '../records';
import { type XmlHandlers, parseXml } from '../xml';
import { receiptRecord } from './content';
import { HEADER_PATHS, type RawReceipt, TRANSFER_PATH, TRANSFER_PATHS, type Values } from './fields';

/** `paSendRTV2Request` and its ancestor `paSendRTReq`, also inside a SOAP envelope. */
export const RECEIPT_ROOTS = ['paSendRTV2Request', 'paSendRTReq'] as const;

/** Receipts in one document; pagoPA sends one, archives put some together. */
const MAX_RECEIPTS = 20_000;
/** One more than the schema allows is enough to refuse the receipt. */
const KEPT_TRANSFERS = 6;

class ReceiptCollector implements XmlHandlers {
  readonly roots = RECEIPT_ROOTS;
  readonly records: IntakeRecord[] = [];
  private raw: RawReceipt | undefined;

  constructor(private readonly ctx: ReaderContext) {}

  openElement(path: string, line: number): void {
    if (path === '') this.raw = { line, header: new Map(), transfers: [] };
    if (path === TRANSFER_PATH && this.raw!.transfers.length < KEPT_TRANSFERS) this.raw!.transfers.push(new Map());
  }

  text(path: string, value: string): void {
    const name = HEADER_PATHS.get(path);
    if (name !== undefined) return this.put(this.raw!.header, name, value);
    const part = TRANSFER_PATHS.get(path);
    if (part !== undefined) this.put(this.raw!.transfers.at(-1)!, part, part === 'MBDAttachment' ? '' : value);
  }

  closeElement(path: string, line: number): void {
    if (path !== '') return;
    if (this.records.length === MAX_RECEIPTS)
      throw new FormatError('TOO_MANY_RECEIPTS', `More than ${MAX_RECEIPTS} receipts in one document`, line);
    this.records.push(this.finish(this.raw!));
    this.raw = undefined;
  }

  private put(values: Values, name: string, value: string): void {
    if (values.has(name) && this.raw!.transfers.length < KEPT_TRANSFERS) this.raw!.repeated ??= name;
    values.set(name, value);
  }

  private finish(raw: RawReceipt): IntakeRecord {
    try {
      return receiptRecord(raw, this.ctx);
    } catch (error) {
      return reject(raw.line, error);
    }
  }
}

/**
 * Reads receipts (*ricevute telematiche*) from XML: one record each, or a reject.
 * @throws FormatError before anything was delivered, when the document is not well-formed or holds no receipt.
 */
export async function* readReceiptXml(source: Source, ctx: ReaderContext): AsyncGenerator<IntakeRecord[]> {
  const collector = new ReceiptCollector(ctx);
  await parseXml(source, collector);
  yield* batches(collector.records);
}
