import { cents, count, optional, text } from './fields';
import { ORGANIZATION } from './payment-events';

const FILE = { org: ORGANIZATION, fileId: text('The file.') } as const;

export const FILE_IMPORTED = {
  ...FILE,
  format: text('Format that was recognized.'),
  read: count('Records read: the sum of the other five.'),
  recorded: count('Recorded as new facts.'),
  unchanged: count('Known already.'),
  conflicting: count('Known with other content.'),
  ignored: count('Of no concern to this organization.'),
  rejected: count('Not readable.'),
  recordedCents: cents('Amounts of the recorded ones.'),
} as const;

export const FILE_REJECTED = {
  ...FILE,
  format: optional(text('Format, where it was recognized.')),
  code: text('Why.'),
  line: optional(count('Where.')),
} as const;

export const FILE_VOIDED = FILE;
