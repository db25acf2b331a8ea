import { createHash } from 'node:crypto';
import type { FlowHeader, FlowLine } from '@quadra/domain';

/** What of a header belongs to the content of a flow: neither names nor the sender, which XML and REST write differently. */
export type CanonicalHeader = Pick<FlowHeader, 'iuf' | 'flowDateTime' | 'trn' | 'regulationOn' | 'declaredCount' | 'declaredCents'>;

/**
 * The content hash of a version of a flow, equal for every format that says the same: the first 32 hexadecimal digits of
 * SHA-256 over a canonical text in UTF-8, built so that it can be computed while lines stream by:
 *
 *     iuf TAB flowDateTime TAB trn TAB regulationOn TAB declaredCount TAB declaredCents LF
 *     <SHA-256 in hexadecimal of all lines, each: iuv TAB iur TAB index TAB cents TAB outcome TAB paidOn LF>
 *
 * Ids stand as written (without blanks around them), amounts as non-negative integer cents, the flow's moment as wall
 * clock in Rome `YYYY-MM-DDTHH:MM:SS`, dates as `YYYY-MM-DD`. Lines stand in the order of the document, which is the
 * order of `index` in REST; refused lines are left out. Revision and sender are no part of it: the revision stands
 * beside the hash in `versionKey`.
 */
export class ContentHash {
  private readonly lines = createHash('sha256');
  private pending: string[] = [];

  add(line: FlowLine): void {
    if (this.pending.push(line.join('\t') + '\n') >= 256) this.flush();
  }

  finish(header: CanonicalHeader): string {
    this.flush();
    const head = [header.iuf, header.flowDateTime, header.trn, header.regulationOn, header.declaredCount, header.declaredCents].join('\t');
    return createHash('sha256')
      .update(`${head}\n${this.lines.digest('hex')}`, 'utf8')
      .digest('hex')
      .slice(0, 32);
  }

  private flush(): void {
    this.lines.update(this.pending.join(''), 'utf8');
    this.pending = [];
  }
}
