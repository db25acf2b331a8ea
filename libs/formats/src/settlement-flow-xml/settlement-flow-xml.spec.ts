import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { toOrg } from '@quadra/kernel';
import type { FlowLine } from '@quadra/domain';
import type { IntakeRecord, Source } from '../intake';
import { SourceChanged } from '../records';
import { all, context, flowXml, type LineParts, OTHER, readCount, sourceOf } from '../testing/documents';
import { readSettlementFlowXml } from '.';

const read = (xml: string, maxHeld?: number): Promise<IntakeRecord[]> => all(readSettlementFlowXml(sourceOf(xml), context(), maxHeld));

const linesOf = (records: readonly IntakeRecord[]): FlowLine[] => records.flatMap((r) => (r.kind === 'flow-lines' ? r.lines : []));

const hashOf = async (xml: string): Promise<string> => {
  const [flow] = await read(xml);
  return flow!.kind === 'flow' ? flow!.header.contentHash : '';
};

const many = (count: number): LineParts[] => Array.from({ length: count }, (_, i) => ({ iur: `IUR${i}`, amount: `${i % 90}.01` }));

describe('reading a settlement flow from XML', () => {
  it('gives the header first, then the lines, then the figures found', async () => {
    const records = await read(flowXml({}, [{ index: '2' }, { iur: 'IUR2', amount: '3.50', outcome: '3' }]));
    expect(records).toEqual([
      {
        kind: 'flow',
        line: 1,
        header: {
          iuf: '2026-03-02ABCDITR1XXX-S0000001',
          flowDateTime: '2026-03-02T01:00:59',
          revision: 1,
          contentHash: expect.stringMatching(/^[0-9a-f]{32}$/),
          senderType: 'B',
          senderCode: 'ABCDITR1XXX',
          senderName: 'A Bank',
          trn: 'Bonifico SEPA-0000-1',
          regulationOn: '2026-03-02',
          declaredCount: 2,
          declaredCents: 1000,
        },
      },
      {
        kind: 'flow-lines',
        line: 11,
        from: 0,
        lines: [
          ['01000000000000017', 'IUR1', 2, 1000, '0', '2026-03-01'],
          ['01000000000000017', 'IUR2', 1, 350, '3', '2026-03-01'],
        ],
      },
      { kind: 'flow-end', line: 13, count: 2, linesCents: 1350, revokedCents: 350 },
    ]);
  });

  it('writes the content hash as documented, so that another format can produce the same', async () => {
    const lines = createHash('sha256').update('01000000000000017\tIUR1\t1\t1000\t0\t2026-03-01\n').digest('hex');
    const header = '2026-03-02ABCDITR1XXX-S0000001\t2026-03-02T01:00:59\tBonifico SEPA-0000-1\t2026-03-02\t1\t1000';
    const expected = createHash('sha256').update(`${header}\n${lines}`).digest('hex').slice(0, 32);
    expect(await hashOf(flowXml())).toBe(expected);
  });

  it('hashes content, not spelling: blanks, zones and names make no difference, amounts and outcomes do', async () => {
    const plain = await hashOf(flowXml());
    expect(
      await hashOf(
        flowXml({ dataOraFlusso: '2026-03-02T00:00:59.000Z', versioneOggetto: '1.0' }, [{ iur: ' IUR1 ', index: '1', amount: '10,0' }]),
      ),
    ).toBe(plain);
    expect(await hashOf(flowXml({}, [{ amount: '10.01' }]))).not.toBe(plain);
    expect(await hashOf(flowXml({}, [{ outcome: '9' }]))).not.toBe(plain);
  });

  it('keeps any outcome of one character and the absolute amount of a revoked line', async () => {
    const records = await read(flowXml({}, [{ outcome: '4' }, { outcome: 'X' }, { outcome: '3', amount: '-10.00' }]));
    expect(linesOf(records).map((l) => [l[4], l[3]])).toEqual([
      ['4', 1000],
      ['X', 1000],
      ['3', 1000],
    ]);
  });

  it('reads the revision that converters from REST write', async () => {
    const [flow] = await read(
      flowXml({ identificativoFlusso: 'F1</identificativoFlusso><revisioneFlusso>3</revisioneFlusso><x>' }).replace(
        '<x></identificativoFlusso>',
        '',
      ),
    );
    expect(flow).toMatchObject({ header: { revision: 3 } });
  });

  it.each([
    ['no IUR', { iur: '' }, 'identificativoUnivocoRiscossione', 'FIELD_MISSING'],
    ['an IUV that is too long', { iuv: '1'.repeat(36) }, 'identificativoUnivocoVersamento', 'ID_TOO_LONG'],
    ['an IUR with a tab inside', { iur: 'A\tB' }, 'identificativoUnivocoRiscossione', 'ID_INVALID'],
    ['index 6', { index: '6' }, 'indiceDatiSingoloPagamento', 'TRANSFER_INDEX_INVALID'],
    ['a negative amount that is not revoked', { amount: '-1.00' }, 'singoloImportoPagato', 'AMOUNT_NEGATIVE'],
    ['an absurd amount', { amount: '1e400' }, 'singoloImportoPagato', 'AMOUNT_INVALID'],
    ['too large an amount', { amount: '99999999999999.99' }, 'singoloImportoPagato', 'AMOUNT_INVALID'],
    ['three decimals', { amount: '12.345' }, 'singoloImportoPagato', 'AMOUNT_INVALID'],
    ['two characters of outcome', { outcome: '00' }, 'codiceEsitoSingoloPagamento', 'OUTCOME_INVALID'],
    ['a day that does not exist', { day: '2026-13-01' }, 'dataEsitoSingoloPagamento', 'DATE_INVALID'],
  ])('refuses a line with %s, and the other lines stand', async (_name, bad, field, code) => {
    const records = await read(flowXml({}, [{}, bad, { iur: 'IUR3' }]));
    expect(records.filter((r) => r.kind === 'reject')).toEqual([expect.objectContaining({ line: 12, field, code })]);
    expect(linesOf(records).map((l) => l[1])).toEqual(['IUR1', 'IUR3']);
    expect(records.at(-1)).toMatchObject({ kind: 'flow-end', count: 2 });
    expect(readCount(records)).toBe(3);
  });

  it.each([
    [
      'another receiver',
      {
        istitutoRicevente: `<identificativoUnivocoRicevente><codiceIdentificativoUnivoco>${OTHER}</codiceIdentificativoUnivoco></identificativoUnivocoRicevente>`,
      },
      'ORGANIZATION_MISMATCH',
    ],
    ['no flow id', { identificativoFlusso: undefined }, 'FIELD_MISSING'],
    ['a flow id that is too long', { identificativoFlusso: 'x'.repeat(36) }, 'ID_TOO_LONG'],
    ['no moment', { dataOraFlusso: '2026-03-02' }, 'DATE_INVALID'],
    ['a count that is no number', { numeroTotalePagamenti: '1.5' }, 'NUMBER_INVALID'],
    ['a total with three decimals', { importoTotalePagamenti: '10.001' }, 'AMOUNT_INVALID'],
    ['a field that stands twice', { dataRegolamento: '2026-03-02</dataRegolamento><dataRegolamento>2026-03-03' }, 'FIELD_REPEATED'],
  ])('fails as a whole with %s', async (_name, fields, code) => {
    await expect(read(flowXml(fields))).rejects.toMatchObject({ code, line: 1 });
  });

  it('fails as a whole when it is truncated after thousands of lines, and delivers none of them', async () => {
    const delivered: IntakeRecord[] = [];
    const cut = flowXml({}, many(3000)).slice(0, -40);
    const reading = async (): Promise<void> => {
      for await (const records of readSettlementFlowXml(sourceOf(cut), context(), 100)) delivered.push(...records);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'XML_MALFORMED' });
    expect(delivered).toEqual([]);
  });

  it('reads a long flow twice and says the same as when it fits in memory', async () => {
    const lines = many(2300).map((line, i) => (i % 700 === 5 ? { ...line, amount: 'x' } : line));
    const xml = flowXml({}, lines);
    const [held, twice] = [await read(xml), await read(xml, 100)];
    expect(twice).toEqual(held);
    expect(linesOf(held)).toHaveLength(2296);
    expect(readCount(held)).toBe(2300);
    let from = 0;
    for (const record of held) {
      if (record.kind !== 'flow-lines') continue;
      expect([record.from, record.lines.length <= 500]).toEqual([from, true]);
      from += record.lines.length;
    }
  });

  it('notices that the bytes changed between the two readings', async () => {
    let opened = 0;
    const [before, after] = [flowXml({}, many(500)), flowXml({}, many(499))].map((xml) => sourceOf(xml));
    const changing: Source = { ...before!, open: () => (opened++ === 0 ? before! : after!).open() };
    await expect(all(readSettlementFlowXml(changing, context(), 100))).rejects.toBeInstanceOf(SourceChanged);
  });

  it('says the same for every split of the bytes and every limit of memory', async () => {
    const line = fc.record({
      iur: fc.constantFrom('A', 'B', ''),
      amount: fc.constantFrom('1.00', '-1', 'x', '0.1'),
      outcome: fc.constantFrom('0', '3', '9'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 15 }),
        async (lines, size, maxHeld) => {
          const xml = flowXml({}, lines);
          const records = await all(readSettlementFlowXml(sourceOf(xml, size), context(), maxHeld));
          expect(readCount(records)).toBe(lines.length);
          expect(linesOf(records)).toEqual(linesOf(await read(xml)));
          const end = records.at(-1)!;
          expect(end.kind === 'flow-end' && end.linesCents).toBe(linesOf(records).reduce((sum, l) => sum + l[3], 0));
        },
      ),
      { numRuns: 60 },
    );
  });

  const sample = resolve(__dirname, '../../../../../shared/fixtures/fdr-xml/FlussoRiversamento.one-row.xml');
  (existsSync(sample) ? it : it.skip)(
    `reads the public sample of a flow${existsSync(sample) ? '' : ' (SKIPPED: the shared fixtures are not here)'}`,
    async () => {
      const records = await all(readSettlementFlowXml(sourceOf(readFileSync(sample)), context(toOrg('99999999999'))));
      expect(records.map((r) => r.kind)).toEqual(['flow', 'flow-lines', 'flow-end']);
      expect(records[0]).toMatchObject({ header: { iuf: '2024-05-2160000000001-17163317305', declaredCents: 1000 } });
    },
  );
});
