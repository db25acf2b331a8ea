import { areLevel } from './parts';

describe('the parts of a processor', () => {
  it.each([
    ['all of one process', [7n, 9n], [7n, 9n], true],
    ['one elsewhere that stands as far as the least of those here', [7n, 9n, 7n], [7n, 9n], true],
    ['one elsewhere that stands behind', [7n, 9n, 6n], [7n, 9n], false],
    ['all elsewhere, together', [7n, 7n], [], true],
    ['all elsewhere, one behind', [7n, 6n], [], false],
  ])('are level or not: %s', (_name, all, here, level) => {
    expect(areLevel(all, here)).toBe(level);
  });
});
