import { eur } from '../../../../test/support/facts';
import { specify } from '../../../../test/support/specify';
import { fileIdOf, type ImportFileEvent } from './events';
import { NO_FILE, decideImportFile, evolveImportFile, type ImportFileCommand } from './import-file';

const spec = specify<ImportFileCommand, typeof NO_FILE, ImportFileEvent>({
  initialState: NO_FILE,
  decide: decideImportFile,
  evolve: evolveImportFile,
});

const counts = { read: 1, recorded: 1, unchanged: 0, conflicting: 0, ignored: 0, rejected: 0, recordedCents: eur(100) };
const accept: ImportFileCommand = { type: 'AcceptFile', name: 'a.xml', sha256: 'ab', attempt: 1, bytes: 10 };
const finish: ImportFileCommand = { type: 'FinishFile', format: 'receipt-xml', parserVersion: 1, counts };
const reject: ImportFileCommand = { type: 'RejectFile', error: { code: 'NOT_XML', message: 'no XML' } };
const accepted: ImportFileEvent = { type: 'FileAccepted', data: { name: 'a.xml', sha256: 'ab', attempt: 1, bytes: 10 } };
const imported: ImportFileEvent = { type: 'FileImported', data: { format: 'receipt-xml', parserVersion: 1, counts } };
const rejected: ImportFileEvent = { type: 'FileRejected', data: { error: { code: 'NOT_XML', message: 'no XML' } } };

describe('a file', () => {
  it('is accepted once', () => {
    spec.given().when(accept).then(accepted);
    spec.given(accepted).when(accept).thenNothing();
  });
  it('ends as imported', () => spec.given(accepted).when(finish).then(imported));
  it('ends as rejected', () => spec.given(accepted).when(reject).then(rejected));
  it('does not end before it was accepted', () => {
    spec.given().when(finish).thenNothing();
    spec.given().when(reject).thenNothing();
  });
  it.each([finish, reject, accept])('ends once: nothing follows the end ($type)', (command) => {
    spec.given(accepted, imported).when(command).thenNothing();
    spec.given(accepted, rejected).when(command).thenNothing();
  });
  it('has one id per attempt at the same bytes', () => expect(fileIdOf('ab', 2)).toBe('ab_2'));
  it('is folded over events of a newer version without a change', () =>
    expect(evolveImportFile({ revision: 0, status: 'accepted' }, { type: 'SomethingNewer', data: {} } as never)).toEqual({
      revision: 1,
      status: 'accepted',
    }));
});
