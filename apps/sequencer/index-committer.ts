import type { Pool } from 'pg';
import { answerRequests } from '#store/audit-tree/ask-index.js';
import { commitIndex } from '#store/audit-tree/commit-index.js';
import { inTransaction } from '#store/audit-tree/sequencing.js';
import type { Alarms } from './alarms.js';
import type { GrownTree } from './tree-keeper.js';

/** How long a commitment waits for entities whose records do not yet stand in the tree without gaps. */
const GAP_MS = 60_000;
const ACTOR = 'sequencer';
const TENANT = 'main';

export interface CommitterOptions {
  readonly pool: Pool;
  /** Time between two commitments, ms; 0: only when one is asked for. */
  readonly everyMs: number;
  readonly alarms: Alarms;
}

/** Commits to the index of entity chains when it is time or somebody asks; sequencing goes on meanwhile. */
export class IndexCommitter {
  private dueAt: number;
  private inHand: Promise<void> | null = null;
  private gapSince: number | null = null;

  constructor(private readonly options: CommitterOptions) {
    this.dueAt = options.everyMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + options.everyMs;
  }

  /** Looks at a state of the tree; begins a commitment where one is due. Does not wait for it and never throws. */
  offer(tree: GrownTree): void {
    if (this.inHand !== null || !tree.drained || tree.size === 0) return;
    const answered = tree.requests.filter(({ xid }) => xid < tree.endedBefore);
    if (answered.length === 0 && Date.now() < this.dueAt) return;
    this.inHand = this.commit(
      tree.size,
      answered.map(({ requestNo }) => requestNo),
    )
      .catch((error: unknown) =>
        this.options.alarms.begin(
          'index',
          `The index of entity chains could not be committed: ${(error as Error).message}`,
        ),
      )
      .finally(() => {
        this.inHand = null;
      });
  }

  /** Resolves when nothing is in hand. */
  async settled(): Promise<void> {
    await this.inHand;
  }

  private async commit(size: number, requestNos: readonly string[]): Promise<void> {
    const { pool, alarms, everyMs } = this.options;
    const at = Date.now();
    await pool.query("select ensure_month('audit_record', $1)", [new Date(at)]);
    const client = await pool.connect();
    let broken = true;
    try {
      const evenWithGaps = this.gapSince !== null && at - this.gapSince > GAP_MS;
      const outcome = await inTransaction(client, async () => {
        const one = await commitIndex(client, {
          size,
          evenWithGaps,
          at,
          actor: ACTOR,
          tenant: TENANT,
        });
        if (one.kind === 'committed') await answerRequests(client, requestNos, one.commitment.size);
        if (one.kind === 'unchanged') await answerRequests(client, requestNos, one.size);
        return one;
      });
      broken = false;
      if (outcome.kind === 'gap') {
        this.gapSince ??= at;
        if (at - this.gapSince > GAP_MS / 2)
          alarms.begin(
            'index',
            `Records of ${outcome.entities.join(', ')} are missing in the audit trail`,
          );
        return;
      }
      if (!evenWithGaps) alarms.end('index');
      this.gapSince = null;
      if (everyMs > 0) this.dueAt = at + everyMs;
    } finally {
      client.release(broken);
    }
  }
}
