import fc from 'fast-check';
import { aCredit, aFlow, aNotice, aReceipt, day, eur } from '../../../../test/support/facts';
import { anyFacts } from '../../../../test/support/histories';
import type { Fact } from '../../../../test/support/history';
import * as domain from '..';

/** A stream in memory with the deciders of its kind: facts come by file, and files are taken back. */
interface Kind {
  readonly decide: (fact: Fact, state: unknown) => readonly { type: string; data: object }[];
  readonly evolve: (state: any, event: any) => unknown;
  readonly initial: unknown;
  readonly voidOf: domain.VoidOf<any>;
}

const ofPayment: Kind = {
  decide: (fact, life) => {
    const command =
      fact.kind === 'receipt'
        ? { type: 'TakeInReceipt' as const, content: fact.content }
        : { type: 'TakeInNotice' as const, content: (fact as Extract<Fact, { kind: 'notice' }>).content };
    return domain.payment.decide(command, life as domain.PaymentLife);
  },
  evolve: domain.evolvePayment,
  initial: domain.UNBORN,
  voidOf: domain.voidOfPayment,
};
const ofCredit: Kind = {
  decide: (fact, life) =>
    domain.decideCredit(
      fact.kind === 'credit'
        ? { type: 'BookCredit', content: fact.content }
        : { type: 'ReverseCredit', movement: (fact as Extract<Fact, { kind: 'storno' }>).movement },
      life as domain.CreditLife,
    ),
  evolve: domain.evolveCredit,
  initial: domain.NO_CREDIT,
  voidOf: domain.voidOfCredit,
};
const ofFlow: Kind = {
  decide: (fact, life) => {
    const { header, lines } = (fact as Extract<Fact, { kind: 'flow' }>).flow;
    const version = domain.versionKey(header);
    const linesCents = eur(lines.reduce((sum, line) => sum + line[3], 0));
    const commands: domain.SettlementFlowCommand[] = [
      { type: 'OpenVersion', header },
      { type: 'AddLines', version, from: 0, lines },
      { type: 'CompleteVersion', version, count: lines.length, linesCents, revokedCents: eur(0) },
    ];
    const events: domain.SettlementFlowEvent[] = [];
    for (const c of commands) events.push(...domain.decideSettlementFlow(c, events.reduce(domain.evolveFlow, life as domain.FlowLife)));
    return events;
  },
  evolve: domain.evolveFlow,
  initial: domain.NO_FLOW,
  voidOf: domain.voidOfFlow,
};

interface Said {
  readonly file: string;
  readonly fact: Fact;
}

class Stream {
  readonly events: { type: string; data: object; meta: { source: { fileId: string } } }[] = [];

  constructor(private readonly kind: Kind) {}

  get state(): any {
    return this.events.reduce(this.kind.evolve, this.kind.initial);
  }

  says({ file, fact }: Said): void {
    for (const event of this.kind.decide(fact, this.state)) this.events.push({ ...event, meta: { source: { fileId: file } } });
  }

  /** @returns how many facts were taken back. */
  takesBack(file: string): number {
    const standing = this.events.reduce(domain.evolveStanding(this.kind.voidOf), domain.NO_FACTS);
    const events = domain.decideVoidFacts({ type: 'VoidFacts', fileId: file, reason: 'wrong body' }, standing);
    for (const event of events) this.events.push({ ...event, meta: { source: { fileId: file } } });
    return events.length;
  }
}

/** The set of contents, without what the order of arrival may leave behind. */
const standing = (state: any): unknown => {
  const sorted = (list: readonly unknown[]) => list.map((element) => JSON.stringify(element)).sort();
  if ('versions' in state) return domain.standingVersions(state).map((v) => v.version);
  if ('contents' in state) return [sorted(state.contents), sorted(state.reversals)];
  return [domain.countingReceipts(state), domain.countingNotices(state)];
};

const FILES = ['A', 'B', 'C'] as const;
const said = (kinds: readonly string[], only: (fact: Fact) => boolean) =>
  fc
    .array(fc.record({ file: fc.constantFrom(...FILES), fact: anyFacts(1).map((facts) => facts[0]!) }), { maxLength: 12 })
    .map((all) => all.filter(({ fact }) => kinds.includes(fact.kind) && only(fact)));

const UNIVERSES: readonly (readonly [string, Kind, fc.Arbitrary<Said[]>])[] = [
  ['a payment', ofPayment, said(['receipt', 'notice'], (f) => (f as { iuv?: string }).iuv === 'IUV1')],
  ['a credit', ofCredit, said(['credit', 'storno'], (f) => JSON.stringify(f).includes('"documentNumber":"1"') || f.kind === 'storno')],
  ['a settlement flow', ofFlow, said(['flow'], (f) => f.kind === 'flow' && f.flow.header.iuf === 'F1')],
];

describe('taking a file back', () => {
  it.each(UNIVERSES)('leaves of %s what stands by the other files, whatever came in whatever order', (_, kind, history) =>
    fc.assert(
      fc.property(history, fc.constantFrom(...FILES), (all, gone) => {
        const stream = new Stream(kind);
        for (const one of all) stream.says(one);
        stream.takesBack(gone);
        for (const one of all) if (one.file !== gone) stream.says(one); // read again: what only the voided file had said as the first
        const never = new Stream(kind);
        for (const one of all) if (one.file !== gone) never.says(one);
        expect(standing(stream.state)).toEqual(standing(never.state));
        expect(stream.takesBack(gone)).toBe(0);
      }),
      { numRuns: 150, seed: 21 },
    ),
  );

  it.each(UNIVERSES)('lets %s be said again by the same bytes in a new attempt', (_, kind, history) =>
    fc.assert(
      fc.property(history, (all) => {
        const stream = new Stream(kind);
        for (const one of all) stream.says(one);
        const before = standing(stream.state);
        for (const file of FILES) stream.takesBack(file);
        const empty = standing(stream.state);
        expect(empty).toEqual(standing(kind.initial));
        for (const one of all) stream.says({ ...one, file: `${one.file}_2` });
        expect(standing(stream.state)).toEqual(before);
      }),
      { numRuns: 150, seed: 22 },
    ),
  );

  it('takes back one of two contents of a receipt, and the other is no conflict any more', () => {
    const stream = new Stream(ofPayment);
    stream.says({ file: 'A', fact: { kind: 'receipt', iuv: 'IUV1', content: aReceipt('R1', 100) } });
    stream.says({ file: 'B', fact: { kind: 'receipt', iuv: 'IUV1', content: aReceipt('R1', 90) } });
    stream.says({ file: 'B', fact: { kind: 'notice', iuv: 'IUV1', content: aNotice('D1', 90) } });
    expect(domain.countingReceipts(stream.state)).toMatchObject([{ rivals: 1 }]);
    expect(stream.takesBack('B')).toBe(2);
    expect(domain.countingReceipts(stream.state)).toMatchObject([{ receipt: { totalCents: 100 }, rivals: 0 }]);
    expect(stream.state.notices).toEqual([]);
  });

  it('takes back the richer of two formats of one receipt and keeps the poorer', () => {
    const stream = new Stream(ofPayment);
    const poor = aReceipt('R1', 100);
    stream.says({ file: 'A', fact: { kind: 'receipt', iuv: 'IUV1', content: poor } });
    stream.says({ file: 'B', fact: { kind: 'receipt', iuv: 'IUV1', content: { ...poor, paidAt: '2026-03-02T10:00:00' } } });
    stream.takesBack('B');
    expect(stream.state.receipts).toEqual([poor]);
  });

  it('tells the lines of a version that was reported anew once', () => {
    const stream = new Stream(ofFlow);
    const flow = aFlow('F1', [['IUV1', 'R1', 1, eur(100), '0', day('2026-03-02')]]);
    stream.says({ file: 'A_1', fact: { kind: 'flow', flow } });
    stream.takesBack('A_1');
    expect(domain.isVoidedFlow(stream.state)).toBe(true);
    expect(domain.highestVersion(stream.state)).toBeUndefined();
    stream.says({ file: 'A_2', fact: { kind: 'flow', flow } });
    expect(domain.flowFigures(stream.state)).toMatchObject({ linesCount: 1, linesCents: 100 });
    expect([...domain.linesByVersion(stream.events as never).values()]).toEqual([flow.lines]);
  });

  it('leaves a version that another file completed', () => {
    const stream = new Stream(ofFlow);
    const flow = aFlow('F1', [['IUV1', 'R1', 1, eur(100), '0', day('2026-03-02')]]);
    stream.says({ file: 'A', fact: { kind: 'flow', flow } });
    const completed = stream.events.pop()!;
    stream.events.push({ ...completed, meta: { source: { fileId: 'B' } } });
    expect(stream.takesBack('A')).toBe(0);
    expect(stream.takesBack('B')).toBe(1);
  });

  it('forgets the stornos and coverings of a credit with the file that told them', () => {
    const booked: domain.CreditEvent = { type: 'CreditBooked', data: aCredit('1', 100, ['F1']) };
    const movement = { on: day('2026-03-05'), amountCents: eur(40), ordinal: 0 };
    const order = { ...movement, order: '7', orderYear: 2026 };
    const facts: domain.CreditEvent[] = [
      booked,
      { type: 'CreditReversed', data: movement },
      { type: 'CreditRegularized', data: order },
      { type: 'CreditRegularizationReverted', data: order },
    ];
    const voids = facts.map((fact) => {
      const { type, data } = domain.voidOfCredit(fact)!;
      return { type, data: { ...data, reason: 'wrong' } } as unknown as domain.CreditEvent;
    });
    const life = [...facts, ...voids].reduce(domain.evolveCredit, domain.NO_CREDIT);
    expect(domain.isVoidedCredit(life)).toBe(true);
    expect(domain.isVoidedCredit([...facts, ...voids.slice(0, 3)].reduce(domain.evolveCredit, domain.NO_CREDIT))).toBe(false);
  });

  it('opens a page of a journal again', () => {
    const header = { treasurer: '1', documentId: 'J', fiscalYear: 2026, from: day('2026-03-02'), to: day('2026-03-02'), page: 1 };
    const open = { type: 'OpenPage' as const, header: { ...header, pagesTotal: 1, schema: '1.8' }, accounts: [] };
    const first = domain.decideJournal(open, domain.NO_JOURNAL);
    const { type, data } = domain.voidOfJournal(first[0]!)!;
    const voided = { type, data: { ...data, reason: 'wrong' } } as domain.JournalEvent;
    const life = [...first, voided].reduce(domain.evolveJournal, domain.NO_JOURNAL);
    expect(domain.decideJournal(open, life)).toEqual(first);
  });
});

describe('a file that is taken back', () => {
  const stateOf = (...types: string[]) =>
    types.map((type) => ({ type, data: {} }) as unknown as domain.ImportFileEvent).reduce(domain.evolveImportFile, domain.NO_FILE);

  it('must be known and at its end', () => {
    expect(domain.decideVoid('r', domain.NO_FILE)).toMatchObject({ rejected: 'FILE_UNKNOWN' });
    expect(domain.decideVoid('r', stateOf('FileAccepted'))).toMatchObject({ rejected: 'FILE_BEING_IMPORTED' });
    for (const end of ['FileImported', 'FileRejected'])
      expect(domain.decideVoid('r', stateOf('FileAccepted', end))).toEqual([{ type: 'FileVoided', data: { reason: 'r' } }]);
  });

  it('is taken back once, and its void comes to its end once', () => {
    const voided = stateOf('FileAccepted', 'FileImported', 'FileVoided');
    expect(domain.decideVoid('other', voided)).toEqual([]);
    const end = domain.decideImportFile({ type: 'CompleteVoid', facts: 3, readAgain: 0 }, voided);
    expect(end).toEqual([{ type: 'FileVoidCompleted', data: { facts: 3, readAgain: 0 } }]);
    expect(domain.decideImportFile({ type: 'CompleteVoid', facts: 3, readAgain: 0 }, end.reduce(domain.evolveImportFile, voided))).toEqual(
      [],
    );
  });
});
