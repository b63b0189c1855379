import type { DataSource } from 'typeorm';
import { QuarantineEntity } from './entity/quarantine.entity.js';
import { type Page, pageOf, readCursor } from './page-cursor.js';

export interface QuarantineFilter {
  readonly state?: 'waiting' | 'repaired' | 'released';
  readonly source?: string;
  readonly reason?: string;
}

const MOST = 500;

/** Reads quarantined records. Decisions on them go through saveStep. */
export class QuarantineRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Oldest first, at most 500 on a page. Throws RangeError on a foreign cursor. */
  async list(
    filter: QuarantineFilter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<QuarantineEntity>> {
    const limit = Math.max(1, Math.min(page.limit, MOST));
    const query = this.dataSource.getRepository(QuarantineEntity).createQueryBuilder('record');
    for (const field of ['state', 'source', 'reason'] as const) {
      const value = filter[field];
      if (value !== undefined) query.andWhere(`record.${field} = :${field}`, { [field]: value });
    }
    if (page.cursor !== undefined) {
      const { at, id } = readCursor(page.cursor);
      query.andWhere('(record.receivedAt, record.quarantineId) > (:at, :id)', {
        at: new Date(at),
        id,
      });
    }
    const rows = await query
      .orderBy('record.receivedAt', 'ASC')
      .addOrderBy('record.quarantineId', 'ASC')
      .limit(limit + 1)
      .getMany();
    return pageOf(rows, limit, {
      place: (row) => ({ at: row.receivedAt.getTime(), id: row.quarantineId }),
      item: (row) => row,
    });
  }

  async byId(quarantineId: string): Promise<QuarantineEntity | null> {
    return this.dataSource.getRepository(QuarantineEntity).findOneBy({ quarantineId });
  }
}
