import { readOpi } from '.';
import { CONTEXT, journal, movement, ofKind, page, recordsOf } from './sample-journal';

const read = (...movements: string[]) => recordsOf(readOpi([page(journal(movements))], CONTEXT));
const effectsOf = async (...movements: string[]) => ofKind(await read(...movements), 'journal-row').flatMap((record) => record.effects);

const CREDIT = { treasurer: '03069', fiscalYear: 2026, kind: 'sospeso', documentNumber: '0004411' };

describe('A movement of the treasury journal', () => {
  it('an executed provisional document books a credit with what matching needs, free text apart', async () => {
    const fields = {
      data_valuta_ente: '2026-11-23',
      end_to_end_id: 'NOTPROVIDED',
      causale: '  /PUR/LGPE-RIVERSAMENTO/URI/2026-11-24PSPX-1\n   RF18 ',
    };
    const [row] = ofKind(await read(movement(fields, [], { cro: 'CRO77', identificativo_end_to_end: 'E2E1' })), 'journal-row');
    expect(row).toEqual({
      kind: 'journal-row',
      line: 11,
      row: ['ENTRATA', 'SOSPESO ENTRATA', 'ESEGUITO', '0004411', '0000000', '0000100', 10000, '2026-11-24'],
      effects: [
        {
          effect: 'booked',
          content: {
            ...CREDIT,
            receiptNumber: '0000998',
            account: '0000100',
            bookedOn: '2026-11-24',
            valueOn: '2026-11-23',
            amountCents: 10000,
            endToEndId: 'E2E1',
            bankReference: 'CRO77',
            executionType: 'SEPA CREDIT TRANSFER',
            candidates: [{ iuf: '2026-11-24PSPX-1', tier: 'exact', group: 0 }],
            iuvs: ['RF18'],
            parserVersion: 7,
            textDigest: 'digest of /PUR/LGPE-RIVERSAMENTO/URI/2026-11-24PSPX-1 RF18',
          },
        },
      ],
      personal: {
        remittanceText: '/PUR/LGPE-RIVERSAMENTO/URI/2026-11-24PSPX-1    RF18',
        orderingPartyName: 'PSP SPA',
        orderingPartyCode: '09876543210',
      },
    });
  });

  it('flow ids in the end-to-end ids are read too, as groups of their own and each once', async () => {
    const [effect] = await effectsOf(
      movement({ causale: 'PAGOPA', end_to_end_id: '2026-11-24PSPX-2' }, [], {
        identificativo_end_to_end: '.PUR.LGPE-RIVERSAMENTO.URI.2026-11-24PSPX-2',
      }),
      movement({ numero_documento: '2', end_to_end_id: '2026-11-24PSPX-3' }),
    ).then((effects) => [effects]);
    expect(effect!.map((e) => (e.effect === 'booked' ? e.content.candidates.map((c) => [c.iuf, c.group]) : []))).toEqual([
      [['2026-11-24PSPX-2', 0]],
      [
        ['2026-11-24PSPX-1', 0],
        ['2026-11-24PSPX-3', 1],
      ],
    ]);
  });

  it('only zeros as a receipt number mean none', async () => {
    const [effect] = await effectsOf(movement({ numero_bolletta_quietanza: '0000000' }));
    expect(effect).toMatchObject({ effect: 'booked' });
    expect(effect).not.toHaveProperty('content.receiptNumber');
  });

  it('an executed order books a credit of its own kind, told apart by its progressive', async () => {
    const [effect] = await effectsOf(movement({ tipo_documento: 'REVERSALE', numero_documento: '77', progressivo_documento: '2' }));
    expect(effect).toMatchObject({ effect: 'booked', content: { kind: 'reversale', documentNumber: '77', progressive: '2' } });
  });

  it('a storno takes the credit back, under the number of the storno', async () => {
    const effects = await effectsOf(
      movement({ tipo_operazione: 'STORNATO', importo: '10.50', numero_bolletta_quietanza_storno: '0000999' }),
    );
    expect(effects).toEqual([{ effect: 'reversed', credit: CREDIT, on: '2026-11-24', amountCents: 1050, ordinal: 0, document: '0000999' }]);
  });

  const order = {
    tipo_documento: 'REVERSALE',
    numero_documento: '0000620',
    progressivo_documento: '1',
    importo: '620.00',
    causale: 'TARI',
  };

  it('an order covers each provisional document that it lists, with its own amount', async () => {
    const effects = await effectsOf(
      movement({ ...order, tipo_operazione: 'REGOLARIZZATO' }, [
        ['4411', '500.00'],
        ['4412', '120.00'],
      ]),
    );
    const common = { effect: 'regularized', on: '2026-11-24', ordinal: 0, document: '0000998', order: '0000620', orderYear: 2026 };
    expect(effects).toEqual([
      { ...common, credit: { ...CREDIT, documentNumber: '4411' }, amountCents: 50000 },
      { ...common, credit: { ...CREDIT, documentNumber: '4412' }, amountCents: 12000 },
    ]);
  });

  test.each(['RIPRISTINATO', 'STORNATO'])(
    'an order %s that lists provisional documents opens them again; cash does not move',
    async (operation) => {
      const effects = await effectsOf(movement({ ...order, tipo_operazione: operation }, [['4411', '620.00']]));
      expect(effects).toMatchObject([
        { effect: 'regularization-reverted', credit: { documentNumber: '4411' }, amountCents: 62000, order: '0000620' },
      ]);
    },
  );

  it('an order STORNATO without provisional documents takes back its own credit', async () => {
    const effects = await effectsOf(movement({ ...order, tipo_operazione: 'STORNATO' }));
    expect(effects).toMatchObject([
      { effect: 'reversed', credit: { kind: 'reversale', documentNumber: '0000620', progressive: '1' }, amountCents: 62000 },
    ]);
  });

  it('in 1.4 the one provisional document has no amount: the whole order covers it, and zeros mean none', async () => {
    const covered = await effectsOf(movement({ ...order, tipo_operazione: 'REGOLARIZZATO', numero_sospeso: '4411' }));
    expect(covered).toMatchObject([{ effect: 'regularized', credit: { documentNumber: '4411' }, amountCents: 62000 }]);
    expect(await effectsOf(movement({ ...order, tipo_operazione: 'STORNATO', numero_sospeso: '0000000' }))).toMatchObject([
      { effect: 'reversed' },
    ]);
  });

  it('equal movements of one journal are told apart by their ordinal, other ones are not counted together', async () => {
    const storno = movement({ tipo_operazione: 'STORNATO', importo: '10.00' });
    const effects = await effectsOf(storno, movement({ tipo_operazione: 'STORNATO', importo: '11.00' }), storno, storno);
    expect(effects.map((e) => (e.effect === 'reversed' ? [e.amountCents, e.ordinal] : []))).toEqual([
      [1000, 0],
      [1100, 0],
      [1000, 1],
      [1000, 2],
    ]);
  });

  it('a row that acts on no credit stands in the journal, without personal data', async () => {
    const [row] = ofKind(
      await read(movement({ tipo_movimento: 'USCITA', tipo_documento: 'MANDATO', numero_documento: '0' })),
      'journal-row',
    );
    expect(row).toMatchObject({ row: ['USCITA', 'MANDATO', 'ESEGUITO', '0', '0000000', '0000100', 10000, '2026-11-24'], effects: [] });
    expect(row).not.toHaveProperty('personal');
  });

  test.each<[string, string, Record<string, string | undefined>, [string, string][]]>([
    ['importo', 'AMOUNT_INVALID', { importo: '10.005' }, []],
    ['importo', 'AMOUNT_NOT_POSITIVE', { importo: '-10.00' }, []],
    ['importo', 'FIELD_MISSING', { importo: undefined }, []],
    ['data_movimento', 'DATE_INVALID', { data_movimento: '2026-02-30' }, []],
    ['data_valuta_ente', 'DATE_INVALID', { data_valuta_ente: '24/11/2026' }, []],
    ['tipo_operazione', 'OPI_UNKNOWN_OPERATION', { tipo_operazione: 'ANNULLATO' }, []],
    ['tipo_documento', 'FIELD_MISSING', { tipo_documento: ' ' }, []],
    ['numero_documento', 'FIELD_MISSING', { numero_documento: '0000000' }, []],
    ['numero_documento', 'NUMBER_INVALID', { numero_documento: 'A/12' }, []],
    ['numero_provvisorio', 'FIELD_MISSING', { tipo_documento: 'REVERSALE', tipo_operazione: 'REGOLARIZZATO' }, [['0', '1.00']]],
    ['importo_provvisorio', 'AMOUNT_NOT_POSITIVE', { tipo_documento: 'REVERSALE', tipo_operazione: 'REGOLARIZZATO' }, [['1', '0.00']]],
  ])('a wrong %s is rejected as %s with its line, and the other rows stand', async (field, code, fields, sospesi) => {
    const records = await read(movement(), movement(fields, sospesi), movement({ numero_documento: '4413' }));
    expect(records.map((record) => record.kind)).toEqual(['journal', 'journal-row', 'reject', 'journal-row', 'journal-end']);
    const [reject] = ofKind(records, 'reject');
    expect(reject).toMatchObject({ field, code });
    expect(reject!.line).toBeGreaterThan(11);
    expect(ofKind(records, 'journal-end')).toMatchObject([{ rows: 2 }]);
  });

  it('an attribute that nothing depends on never costs the credit: too long, it is left out', async () => {
    const [effect] = await effectsOf(
      movement({ end_to_end_id: 'X'.repeat(71), codice_riferimento_operazione: 'Y'.repeat(71), tipo_esecuzione: ' ' }),
    );
    expect(effect).toMatchObject({ effect: 'booked', content: { amountCents: 10000 } });
    for (const name of ['endToEndId', 'bankReference', 'executionType']) expect(effect).not.toHaveProperty(`content.${name}`);
  });

  it('a field that stands twice is rejected: nobody knows which one is meant', async () => {
    const twice = movement().replace('<importo>', '<importo>1.00</importo><importo>');
    expect(ofKind(await read(twice), 'reject')).toMatchObject([{ field: 'importo', code: 'FIELD_TWICE' }]);
  });

  it('more provisional documents than the schema allows are rejected', async () => {
    const many = movement(
      { ...order, tipo_operazione: 'REGOLARIZZATO' },
      Array.from({ length: 1_001 }, (_, n) => [`${n + 1}`, '0.01'] as const),
    );
    expect(ofKind(await read(many), 'reject')).toMatchObject([{ field: 'sospeso', code: 'TOO_MANY' }]);
  });
});
