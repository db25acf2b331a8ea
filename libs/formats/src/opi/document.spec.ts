import type { ReaderContext, Source } from '../intake';
import { pageOf, readOpi } from '.';
import { CONTEXT, journal, movement, ofKind, page, recordsOf } from './sample-journal';

const read = (pages: readonly Source[], ctx: ReaderContext = CONTEXT) => recordsOf(readOpi(pages, ctx));
const storno = movement({ tipo_operazione: 'STORNATO' });
const PAGE = (n: number, total: number) => ({
  identificativo_flusso_BT: `GDC-20261124ABCDEFGHIJ#00${n}#00${total}`,
  pagina: `${n}`,
  pagine_totali: `${total}`,
});

describe('A treasury journal as a document', () => {
  it('says whose it is, what it covers and the balances of its accounts', async () => {
    const [header] = ofKind(await read([page(journal([movement()]))]), 'journal');
    expect(header).toMatchObject({
      header: {
        treasurer: '03069',
        documentId: 'GDC-20261124ABCDEFGHIJ',
        fiscalYear: 2026,
        from: '2026-11-24',
        to: '2026-11-24',
        page: 1,
        pagesTotal: 1,
        schema: 'OPI 1.6.1-1.8',
      },
      accounts: [{ account: '0000100', openingCents: 100000, closingCents: -150 }],
    });
    expect(Object.keys(header!.accounts[0]!)).toEqual(['account', 'openingCents', 'closingCents']);
  });

  it('of version 1.4 covers a period, and may leave out its page numbers', async () => {
    const head = {
      data_riferimento_GdC: undefined,
      data_inizio_periodo_riferimento: '2026-01-01',
      data_fine_periodo_riferimento: '2026-12-31',
      pagina: undefined,
      pagine_totali: undefined,
      identificativo_flusso_BT: 'GDC/7',
    };
    const [header] = ofKind(await read([page(journal([], head))]), 'journal');
    expect(header!.header).toMatchObject({
      schema: 'OPI 1.4',
      from: '2026-01-01',
      to: '2026-12-31',
      page: 1,
      pagesTotal: 1,
      documentId: 'GDC/7',
    });
  });

  test.each([
    ['SEPA INSTANT CREDIT TRANSFER', 'OPI 1.8'],
    ['ACCREDITO TESORERIA PROVINCIALE STATO', 'OPI 1.7.1-1.8'],
    ['VAGLIA POSTALE', 'OPI 1.6.1'],
    ['CASSA', 'OPI 1.6.1-1.8'],
  ])('its version is told by what stands in it: %s → %s', async (tipo_esecuzione, schema) => {
    const [header] = ofKind(await read([page(journal([movement({ tipo_esecuzione })]))]), 'journal');
    expect(header!.header.schema).toBe(schema);
  });

  it('of several pages comes in page order, and equal movements are counted over all of them', async () => {
    const records = await read([page(journal([storno, storno], PAGE(2, 2)), 'b'), page(journal([storno], PAGE(1, 2)), 'a')]);
    expect(records.map((r) => (r.kind === 'journal' ? r.header.page : r.kind))).toEqual([
      1,
      'journal-row',
      'journal-end',
      2,
      'journal-row',
      'journal-row',
      'journal-end',
    ]);
    expect(ofKind(records, 'journal-row').flatMap((r) => r.effects.map((e) => (e.effect === 'reversed' ? e.ordinal : -1)))).toEqual([
      0, 1, 2,
    ]);
  });

  it('can be read one page at a time', async () => {
    expect(ofKind(await read([page(journal([storno], PAGE(2, 3)))]), 'journal')[0]!.header).toMatchObject({ page: 2, pagesTotal: 3 });
    await expect(pageOf(page(journal([storno], PAGE(2, 3))))).resolves.toEqual({
      treasurer: '03069',
      documentId: 'GDC-20261124ABCDEFGHIJ',
      page: 2,
      pagesTotal: 3,
    });
  });

  const fails = async (code: string, ...pages: Source[]) => {
    const delivered: unknown[] = [];
    const reading = async () => {
      for await (const batch of readOpi(pages, CONTEXT)) delivered.push(...batch);
    };
    await expect(reading()).rejects.toMatchObject({ code });
    expect(delivered).toEqual([]);
  };

  it('fails as a whole, before anything was delivered, when one page cannot be read', async () => {
    const good = page(journal([storno], PAGE(1, 2)), 'a.xml');
    await fails('XML_MALFORMED', good, page(journal([storno], PAGE(2, 2)).replace('</informazioni_conto_evidenza>', ''), 'b.xml'));
    await expect(read([good, page('<a>', 'b.xml')])).rejects.toThrow(/^b\.xml: /);
  });

  it('fails when it belongs to another body', () =>
    fails('ORGANIZATION_MISMATCH', page(journal([], { codice_fiscale_ente: '99999999999' }))));

  it('fails when pages of two documents are mixed or a page stands twice', async () => {
    const other = { ...PAGE(2, 2), identificativo_flusso_BT: 'GDC-20261125ABCDEFGHIJ#002#002' };
    await fails('PAGES_MIXED', page(journal([], PAGE(1, 2))), page(journal([], other)));
    await fails('PAGE_TWICE', page(journal([], PAGE(1, 2))), page(journal([], PAGE(1, 2))));
  });

  test.each<[string, string, Record<string, string | undefined>]>([
    ['esercizio', 'FIELD_MISSING', { esercizio: undefined }],
    ['esercizio', 'NUMBER_INVALID', { esercizio: '26' }],
    ['the day', 'FIELD_MISSING', { data_riferimento_GdC: undefined }],
    ['the day', 'DATE_INVALID', { data_riferimento_GdC: '2026-11-31' }],
    ['the document id', 'FIELD_MISSING', { identificativo_flusso_BT: ' ' }],
    ['the bank code', 'NUMBER_INVALID', { codice_ABI_BT: '3069' }],
    ['the page', 'PAGE_INVALID', { pagina: '3', pagine_totali: '2' }],
  ])('fails when %s breaks its rule: %s', (_what, code, head) => fails(code, page(journal([movement()], head))));

  it('a balance that is no amount is rejected alone', async () => {
    const records = await read([page(journal([movement()], {}, { saldo_finale_conto_evidenza: 'n.d.' }))]);
    expect(records.map((r) => r.kind)).toEqual(['journal', 'reject', 'journal-row', 'journal-end']);
    expect(ofKind(records, 'journal')[0]!.accounts).toEqual([{ account: '0000100', openingCents: 100000 }]);
  });

  it('is read whatever stands where: a prefix, a signature first, elements nobody knows, balances before movements', async () => {
    const xml = journal([])
      .replace(
        '<testata_messaggio>',
        '<s:Signature xmlns:s="x"><s:importo>1</s:importo></s:Signature><novita><importo>9</importo></novita><testata_messaggio>',
      )
      .replace('</informazioni_conto_evidenza>', `${movement({ novita: '<importo>7</importo>' })}</informazioni_conto_evidenza>`)
      .replace(/<(\/?)(flusso_giornale_di_cassa|esercizio)/g, '<$1g:$2')
      .replace('<g:flusso_giornale_di_cassa', '<g:flusso_giornale_di_cassa xmlns:g="y"');
    const records = await read([page(xml)]);
    expect(ofKind(records, 'journal-row')).toMatchObject([{ effects: [{ effect: 'booked', content: { amountCents: 10000 } }] }]);
  });

  it('comes in batches when it is long, and every movement as one record', async () => {
    const movements = Array.from({ length: 1_201 }, (_, n) => movement({ numero_documento: `${n + 1}` }));
    const sizes: number[] = [];
    for await (const batch of readOpi([page(journal(movements))], CONTEXT)) sizes.push(batch.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    expect(sizes.reduce((a, b) => a + b)).toBe(1 + 1_201 + 1);
  });
});
