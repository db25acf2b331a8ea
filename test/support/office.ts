import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrganizationSettings } from '@quadra/domain';
import { isRejection, toOrg, type OrgId } from '@quadra/kernel';
import type { CreditItem, FileItem, FlowItem, PaymentOptions, TransferDetail, TransferItem } from '@quadra/read-models';
import type { Standalone } from '../../apps/quadra/src/standalone';
import { openStandalone } from '../../apps/quadra/src/standalone';
import type { TestDatabase } from './postgres';
import { withDatabase } from './postgres';

const PAGE = { limit: 1000 };
const WAIT_MS = 50_000;
/** Each test begins on this day, in Rome: the day on which most documents of these tests are dated. */
const TODAY = '2026-11-24';

/** The treasury office of one body: takes documents in and asks what came of them. */
export class Office {
  constructor(
    private readonly quadra: Quadra,
    readonly org: OrgId,
  ) {}

  /**
   * Takes the documents in, in this order, and waits until everything that follows from them can be read.
   * @throws when a document or a record of it was rejected: a test that wants this uses `hands`
   */
  async receives(...documents: (string | Uint8Array)[]): Promise<FileItem[]> {
    const ids: string[] = [];
    for (const document of documents) ids.push(await this.hands(document));
    await this.quadra.settle();
    const files = await Promise.all(ids.map((id) => this.file(id)));
    const bad = files.find((f) => f.status !== 'imported' || f.records.rejected > 0);
    if (bad) throw new Error(`not all was imported: ${JSON.stringify(bad)}`);
    return files;
  }

  /** @throws when the file has not come to its end */
  async file(fileId: string): Promise<FileItem> {
    const file = await this.quadra.standalone.queries.file(this.org, fileId);
    if (file?.status !== 'imported' && file?.status !== 'rejected') throw new Error(`file ${fileId} is ${file?.status ?? 'unknown'}`);
    return file;
  }

  /** Takes one document in and does not wait. @returns its file id */
  async hands(document: string | Uint8Array): Promise<string> {
    const content = (async function* () {
      yield typeof document === 'string' ? Buffer.from(document) : document;
    })();
    const file = { name: 'document', content, actor: 'office', correlationId: 'test' };
    return (await this.quadra.standalone.intake.accept(this.org, file)).fileId;
  }

  /** All transfers under one IUV. @throws AmbiguousIssuer */
  async transfers(iuv: string, options: PaymentOptions = {}): Promise<readonly TransferDetail[]> {
    return (await this.quadra.standalone.queries.payment(this.org, iuv, options))?.transfers ?? [];
  }

  /** The only transfer under an IUV. @throws when there is none, or several */
  async transfer(iuv: string, options: PaymentOptions = {}): Promise<TransferDetail> {
    const transfers = await this.transfers(iuv, options);
    if (transfers.length !== 1) throw new Error(`${transfers.length} transfers under ${iuv}`);
    return transfers[0]!;
  }

  async list(filter: Parameters<Standalone['queries']['payments']>[1] = {}): Promise<readonly TransferItem[]> {
    return (await this.quadra.standalone.queries.payments(this.org, filter, PAGE)).items;
  }

  async flow(iuf: string): Promise<FlowItem | undefined> {
    return this.quadra.standalone.queries.flow(this.org, iuf);
  }

  /** By the number of the provisional document; journals of tests come from treasurer 03069. */
  async credit(number: string, kind = 'sospeso', year = 2026): Promise<CreditItem | undefined> {
    const credits = await this.credits();
    return credits.find((c) => c.documentNumber === number && c.kind === kind && c.fiscalYear === year);
  }

  async credits(): Promise<readonly CreditItem[]> {
    return (await this.quadra.standalone.queries.credits(this.org, {}, PAGE)).items;
  }

  /** The names of the events in the life of a payment, in order. */
  async life(iuv: string): Promise<string[]> {
    return (await this.quadra.standalone.queries.history(this.org, iuv)).map((e) => e.type);
  }
}

/** The whole product on a database of its own, for one spec. Call in the body of a `describe`, or of the file. */
export class Quadra {
  standalone!: Standalone;
  private database: TestDatabase | undefined;
  private dataDir = '';
  private offices = 0;
  private day: string = TODAY;
  private readonly problems: string[] = [];

  /** The civil date in Rome for all who ask from now on. */
  today(day: string): void {
    this.day = day;
  }

  async open(): Promise<void> {
    this.database = await withDatabase();
    this.dataDir = mkdtempSync(join(tmpdir(), 'quadra-scenarios-'));
    this.standalone = await openStandalone({
      dataDir: this.dataDir,
      databaseUrl: this.database.url,
      now: () => new Date(`${this.day}T09:00:00Z`),
      log: (message, error) => this.problems.push(`${message}: ${String(error)}`),
    });
  }

  async close(): Promise<void> {
    await this.standalone?.close();
    await this.database?.drop();
    if (this.dataDir) rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A body of its own: its fiscal code occurs nowhere else in this database. */
  async office(settings: Partial<OrganizationSettings> = {}): Promise<Office> {
    const org = toOrg(`9${String(++this.offices).padStart(10, '0')}`);
    const { organizations } = this.standalone;
    await this.must(
      organizations.execute(org, { type: 'RegisterOrganization', name: `Body ${this.offices}` }, { commandId: 'register', actor: 'test' }),
    );
    await this.must(organizations.execute(org, { type: 'ConfigureOrganization', settings }, { commandId: 'configure', actor: 'test' }));
    return new Office(this, org);
  }

  /** Waits until nothing more follows from what was taken in. @throws when something failed on the way, or time passed */
  async settle(): Promise<void> {
    const { intake, store, consistency, processors } = this.standalone;
    await intake.idle();
    const settled = await consistency.waitForPosition(await store.head(), WAIT_MS);
    const parked = processors.parked();
    if (!settled || parked.length || this.problems.length) {
      throw new Error(`not settled: ${JSON.stringify({ settled, parked, problems: this.problems })}`);
    }
  }

  private async must(act: Promise<unknown>): Promise<void> {
    const outcome = await act;
    if (isRejection(outcome)) throw new Error(outcome.because);
  }
}

/** Opens the product before the tests of a spec and closes it after them. */
export const useQuadra = (): Quadra => {
  const quadra = new Quadra();
  beforeAll(() => quadra.open());
  beforeEach(() => quadra.today(TODAY));
  afterAll(() => quadra.close());
  return quadra;
};
