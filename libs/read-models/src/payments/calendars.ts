import type { ClientBase } from 'pg';
import { orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { OrganizationEvent } from '@quadra/domain';
import { DEFAULT_SETTINGS } from '@quadra/domain';
import { upsertRows } from '@quadra/processing';
import type { ModelTable } from '../model';
import { tableName } from '../model';
import type { Calendar } from './rows';

export const CALENDAR_TABLE: ModelTable = { name: 'transfer_calendar', key: ['org'], columns: ['org', 'calendar'] };

/** Which days count for the terms of the PSP, by organization, as the events have told it so far. */
export class Calendars {
  private readonly table: string;
  private readonly known = new Map<string, Calendar>();

  constructor(version: number) {
    this.table = tableName(CALENDAR_TABLE.name, version);
  }

  async migrate(client: ClientBase): Promise<void> {
    await client.query(`create table if not exists ${this.table} (org text collate "C" primary key, calendar text not null)`);
  }

  /** A batch was rolled back: what it told is not known. */
  clear(): void {
    this.known.clear();
  }

  /** The calendar of an organization of the last batch that was taken. */
  of(org: string): Calendar {
    return this.known.get(org) ?? DEFAULT_SETTINGS.calendar;
  }

  /** Takes in what a batch tells. @returns the organizations whose calendar is another one now. */
  async take(batch: readonly StoredEvent[], tx: ClientBase): Promise<string[]> {
    await this.load([...new Set(batch.map((e) => orgOf(e.stream) as string))], tx);
    const before = new Map(this.known);
    for (const event of batch) {
      if (event.type !== 'OrganizationConfigured') continue;
      const { settings } = (event as unknown as Extract<OrganizationEvent, { type: 'OrganizationConfigured' }>).data;
      this.known.set(orgOf(event.stream), { ...DEFAULT_SETTINGS, ...settings }.calendar);
    }
    const changed = [...this.known].filter(([org, calendar]) => before.get(org) !== calendar).map(([org]) => org);
    await this.save(tx, changed);
    return changed;
  }

  /** The usual calendar has no row, also where there was another one in between: the table says the same after a rebuild. */
  private async save(tx: ClientBase, orgs: readonly string[]): Promise<void> {
    const usual = orgs.filter((org) => this.of(org) === DEFAULT_SETTINGS.calendar);
    if (usual.length > 0) await tx.query(`delete from ${this.table} where org = any($1)`, [usual]);
    const others = orgs.filter((org) => this.of(org) !== DEFAULT_SETTINGS.calendar);
    await upsertRows(
      tx,
      { ...CALENDAR_TABLE, table: this.table },
      others.map((org) => [org, this.of(org)]),
    );
  }

  private async load(orgs: readonly string[], tx: ClientBase): Promise<void> {
    const missing = orgs.filter((org) => !this.known.has(org));
    if (missing.length === 0) return;
    for (const org of missing) this.known.set(org, DEFAULT_SETTINGS.calendar);
    const { rows } = await tx.query<{ org: string; calendar: Calendar }>(`select org, calendar from ${this.table} where org = any($1)`, [
      missing,
    ]);
    for (const { org, calendar } of rows) this.known.set(org, calendar);
  }
}
