import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toOrg } from '@quadra/kernel';
import { memorySource } from '../source';
import { readOpi } from '.';
import { CONTEXT, ofKind, recordsOf } from './sample-journal';

/** Published samples of the standard; they stay outside the repository. */
const FOLDER = join(__dirname, '../../../../../shared/fixtures/treasury-opi');
const present = existsSync(FOLDER);

(present ? describe : describe.skip)(
  `Published treasury journals${present ? '' : ' (SKIPPED: ../shared/fixtures/treasury-opi is not here)'}`,
  () => {
    test.each([
      ['1_4', 'OPI 1.4', '2022-01-01', '2022-12-31'],
      ['1_8', 'OPI 1.6.1-1.8', '2022-09-29', '2022-09-29'],
    ])('version %s is read whole', async (version, schema, from, to) => {
      const bytes = readFileSync(join(FOLDER, `OPI_GIORNALE_DI_CASSA_V_${version}.VALID.xml`));
      const records = await recordsOf(readOpi([memorySource('sample', bytes)], { ...CONTEXT, org: toOrg('06144260707') }));
      expect(records.map((r) => r.kind)).toEqual(['journal', 'journal-row', 'journal-row', 'journal-row', 'journal-row', 'journal-end']);
      expect(ofKind(records, 'journal')[0]).toMatchObject({
        header: { treasurer: '03069', fiscalYear: 2022, page: 1, pagesTotal: 2, schema, from, to },
        accounts: [
          { account: '0000004', openingCents: 287270432, inCents: 0, outCents: 4331935, closingCents: 282938497 },
          { account: '0000005' },
        ],
      });
      const booked = ofKind(records, 'journal-row').flatMap((r) => r.effects.map((e) => (e.effect === 'booked' ? e.content : undefined)));
      expect(booked).toMatchObject([
        {
          documentNumber: '0064422',
          receiptNumber: '0074056',
          amountCents: 501587,
          account: '0000005',
          executionType: 'CASSA',
          candidates: [],
        },
        { documentNumber: '0064426', receiptNumber: '0074060', amountCents: 427620 },
      ]);
    });
  },
);
