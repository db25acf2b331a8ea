import fc from 'fast-check';
import { categoryOf, decodeId, encodeId, orgOf, parseOrg, toOrg } from './ids';

describe('a stream id', () => {
  it('gives back any text that was put into it, and leaves dash and underscore to the id itself', () =>
    fc.assert(
      fc.property(fc.fullUnicodeString(), (text) => {
        expect(decodeId(encodeId(text))).toBe(text);
        expect(encodeId(text)).toMatch(/^[A-Za-z0-9.%]*$/);
      }),
    ));

  it('tells its organization whatever stands behind it', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^\d{11}$/), fc.fullUnicodeString(), (org, text) => {
        expect(orgOf(`payment-${org}_${encodeId(text)}`)).toBe(org);
        expect(categoryOf(`settlementFlow-${org}_${encodeId(text)}`)).toBe('settlementFlow');
      }),
    ));

  it('tells its organization also when nothing stands behind it', () => expect(orgOf('organization-00000000011')).toBe('00000000011'));
});

describe('an organization', () => {
  it.each(['', '123', '000000000111', '0000000001a', ' 00000000011', '00000000011\n'])('is not %p', (text) => {
    expect(parseOrg(text)).toBeUndefined();
    expect(() => toOrg(text)).toThrow('Not a fiscal code');
  });
});
