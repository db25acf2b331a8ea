import type { ImportFileEvent } from '@quadra/domain';
import type { Cause, Draft } from './draft';
import { draft, subjectOf } from './draft';

/** What the public is told about a file: what became of it. Its name may hold a person's, so it stays inside. */
export const fileDrafts = (org: string, fileId: string, event: ImportFileEvent, cause: Cause): Draft[] => {
  const about = { org, subject: subjectOf(org, 'files', fileId), cause };
  switch (event.type) {
    case 'FileImported': {
      const { read, recorded, unchanged, conflicting, ignored, rejected, recordedCents } = event.data.counts;
      const counts = { read, recorded, unchanged, conflicting, ignored, rejected, recordedCents };
      return [draft(about, 'it.quadra.file.imported.v1', { org, fileId, format: event.data.format, ...counts })];
    }
    case 'FileRejected': {
      const { error, format } = event.data;
      return [draft(about, 'it.quadra.file.rejected.v1', { org, fileId, format, code: error.code, line: error.line })];
    }
    case 'FileVoided':
      return [draft(about, 'it.quadra.file.voided.v1', { org, fileId }, true)];
    default:
      return [];
  }
};
