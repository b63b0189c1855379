import type { Pool } from 'pg';
import type { CopiedRows } from './copied-rows.js';
import type { EntityHeads } from './entity-heads.js';
import { ID, LEAF, LEAF_INDEX, RECORD_NO } from './trail-columns.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';

interface Committed {
  readonly entities: number;
  readonly root: string;
}

/** Compares records that commit the index of entity chains with the chains as of the size that they name. */
export class IndexJudge {
  private readonly computed = new Map<number, Committed>();
  private unlisted: { size: number; finding: TrailFinding }[] = [];
  /** Commitments that were compared. */
  judged = 0;

  /** Where `whole` is false the heads are not those of all entities: nothing is compared. */
  constructor(
    private readonly heads: EntityHeads,
    private whole: boolean,
    private readonly onFinding: (finding: TrailFinding) => void,
  ) {}

  /** Records were passed over: the heads are not those of all entities any more. */
  passOver(): void {
    this.whole = false;
  }

  /** Sizes from `from` to `to` (both inclusive) for which the database lists a commitment. */
  async sizesWithin(pool: Pool, from: number, to: number): Promise<number[]> {
    if (!this.whole) return [];
    const { rows } = await pool.query<{ size: string }>(
      'select size from audit_index where size between $1 and $2 order by size',
      [from, to],
    );
    return rows.map(({ size }) => Number(size)).filter((size) => !this.computed.has(size));
  }

  /** The heads are those of this size. */
  reach(size: number): void {
    const root = this.heads.root().toString('hex');
    this.computed.set(size, { entities: this.heads.size, root });
  }

  /** A record with the action `index.committed`. */
  take(row: CopiedRows): void {
    if (!this.whole) return;
    const said = fieldsOf(row.text(LEAF) ?? '');
    const place = {
      id: row.text(ID),
      leafIndex: row.int8(LEAF_INDEX),
      recordNo: String(row.int8(RECORD_NO)),
      kind: 'index' as const,
      where: 'audit_record',
    };
    if (said === null) {
      this.onFinding(trailFinding({ ...place, what: 'fields' }));
      return;
    }
    const { size, entities, root } = said;
    const computed = this.computed.get(size);
    if (computed === undefined) {
      const finding = trailFinding({ ...place, where: 'audit_index', what: `size ${size}` });
      this.unlisted.push({ size, finding });
      return;
    }
    this.computed.delete(size);
    this.judged += 1;
    if (computed.entities !== entities || computed.root !== root)
      this.onFinding(
        trailFinding({
          ...place,
          what: `index as of ${size}`,
          expected: `${computed.entities} entities, root ${computed.root}`,
          found: `${entities} entities, root ${root}`,
        }),
      );
  }

  /** Tells commitments that the database does not list; one that was listed only just now is left to the next time. */
  async settle(pool: Pool): Promise<void> {
    const { unlisted } = this;
    this.unlisted = [];
    for (const { size, finding } of unlisted) {
      const { rowCount } = await pool.query('select from audit_index where size = $1', [size]);
      if (rowCount === 0) this.onFinding(finding);
    }
  }
}

function fieldsOf(leaf: string): { size: number; entities: number; root: string } | null {
  try {
    const { size, entities, root } = (JSON.parse(leaf) as { fields: Record<string, unknown> })
      .fields;
    if (typeof size !== 'number' || typeof entities !== 'number' || typeof root !== 'string')
      return null;
    return { size, entities, root };
  } catch {
    return null;
  }
}
