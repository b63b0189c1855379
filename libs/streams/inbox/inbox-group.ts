import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';

/** 64-bit advisory lock key of a name; a collision of two groups is out of the question. */
const lockKey = (...name: readonly (string | number)[]): string =>
  createHash('sha256')
    .update(JSON.stringify(['mingcha-inbox', ...name]))
    .digest()
    .readBigInt64BE(0)
    .toString();

/**
 * One member of a group that shares the partitions of an inbox topic. Membership and ownership are
 * advisory locks of the member's own database session, so a member that dies gives up everything
 * with its connection, and no clock or heartbeat is involved.
 */
export class InboxGroup {
  private readonly memberKey: string;

  constructor(
    private readonly client: PoolClient,
    private readonly groupId: string,
    private readonly topic: string,
  ) {
    this.memberKey = lockKey(groupId, topic, 'member');
  }

  async join(): Promise<void> {
    await this.client.query('select pg_advisory_lock_shared($1)', [this.memberKey]);
  }

  /**
   * How many of the partitions are this member's share: members are ranked by the process id of
   * their session, all compute the same, and the shares add up to all partitions.
   */
  async share(partitions: number): Promise<number> {
    const { rows } = await this.client.query<{ mine: boolean }>(
      `select pid = pg_backend_pid() as mine from pg_locks
       where locktype = 'advisory' and objsubid = 1 and granted
         and database = (select oid from pg_database where datname = current_database())
         and ((classid::bigint << 32) | objid::bigint) = $1::bigint
       order by pid`,
      [this.memberKey],
    );
    const rank = rows.findIndex(({ mine }) => mine);
    const members = Math.max(1, rows.length);
    return Math.floor(partitions / members) + (rank < partitions % members ? 1 : 0);
  }

  /** False where another member still holds it. */
  async take(partition: number): Promise<boolean> {
    const { rows } = await this.client.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1) as taken',
      [lockKey(this.groupId, this.topic, partition)],
    );
    return rows[0]?.taken === true;
  }

  async giveUp(partition: number): Promise<void> {
    await this.client.query('select pg_advisory_unlock($1)', [
      lockKey(this.groupId, this.topic, partition),
    ]);
  }
}
