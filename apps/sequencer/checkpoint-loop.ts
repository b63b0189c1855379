import type { Pool } from 'pg';
import { readLatestCheckpoint } from '#store/audit-tree/checkpoints.js';
import { pause } from '#streams/retry-pause.js';
import { RefusedCheckpointError } from './add-checkpoint.js';
import type { Alarms } from './alarms.js';
import { Checkpointer, type CheckpointOutcome } from './checkpointer.js';
import type { SequencerMetrics } from './metrics.js';
import type { SequencerSettings } from './settings.js';
import { Timestamper } from './timestamper.js';
import type { GrownTree } from './tree-keeper.js';

/** After a signer was away, or witnesses too few: how soon it is tried again, ms. */
const AGAIN_MS = 2_000;

export interface CheckpointLoopOptions {
  readonly pool: Pool;
  readonly settings: SequencerSettings;
  readonly alarms: Alarms;
  readonly metrics: SequencerMetrics;
}

/**
 * Lets the newest state of the tree be signed, one at a time; while one is being signed, the tree grows on. A state that no
 * checkpoint covers is signed within `checkpointMs` and the time that signing takes; what failed is tried again.
 */
export class CheckpointLoop {
  private readonly checkpointer: Checkpointer;
  private readonly timestamper: Timestamper | null;
  private newest: { readonly size: number; readonly root: Buffer } | null = null;
  private signed = { size: -1, complete: true };
  private wake = new AbortController();

  constructor(private readonly options: CheckpointLoopOptions) {
    const { pool, settings, alarms } = options;
    const { timestamps } = settings;
    this.timestamper =
      timestamps === null ? null : new Timestamper({ pool, alarms, ...timestamps });
    const { origin, logKeys, witnesses, quorum } = settings;
    const signer = { name: 'the signer', url: settings.signerUrl, token: settings.signerToken };
    this.checkpointer = new Checkpointer({ pool, origin, logKeys, signer, witnesses, quorum });
  }

  /** A committed state. */
  offer({ size, root }: GrownTree): void {
    if (size === 0) return;
    const isNew = size !== this.newest?.size;
    this.newest = { size, root };
    if (isNew) this.wake.abort();
  }

  /** Until `stop`; never throws. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const tree = this.newest;
      if (tree === null || (tree.size === this.signed.size && this.signed.complete)) {
        await this.untilOffered(stop);
        continue;
      }
      const startedAt = performance.now();
      const good = await this.sign(tree, stop);
      const took = performance.now() - startedAt;
      const { checkpointMs } = this.options.settings;
      await pause(good ? Math.max(0, checkpointMs - took) : AGAIN_MS, stop);
    }
  }

  private async untilOffered(stop: AbortSignal): Promise<void> {
    this.wake = new AbortController();
    const { newest, signed } = this;
    if (newest !== null && newest.size !== signed.size) return;
    await pause(60_000, AbortSignal.any([stop, this.wake.signal]));
  }

  /** True where the checkpoint is complete. */
  private async sign(tree: Pick<GrownTree, 'size' | 'root'>, stop: AbortSignal): Promise<boolean> {
    const { alarms, metrics, pool } = this.options;
    const end = metrics.checkpoint.startTimer();
    try {
      const outcome = await this.checkpointer.sign(tree.size, tree.root);
      end();
      this.signed = { size: outcome.size, complete: outcome.complete };
      metrics.signedSize.set(outcome.size);
      if (outcome.complete) metrics.completeSize.set(outcome.size);
      alarms.end('signer');
      this.tell(outcome);
      this.timestamper?.offer(outcome, stop);
      return outcome.complete;
    } catch (error) {
      const last = await readLatestCheckpoint(pool, { complete: false }).catch(() => null);
      const since = last === null ? '' : ` since size ${last.size}`;
      alarms.begin('signer', `No checkpoint is signed${since}: ${reasonOf(error)}`);
      return false;
    }
  }

  private tell({ complete, cosigners, missing, size }: CheckpointOutcome): void {
    const { alarms, settings } = this.options;
    for (const name of cosigners) alarms.end('witness', name);
    for (const { name, error } of missing)
      alarms.begin('witness', `The witness ${name} does not cosign: ${reasonOf(error)}`, name);
    if (complete) alarms.end('quorum');
    else
      alarms.begin(
        'quorum',
        `Checkpoint ${size} is incomplete: ${cosigners.length} of ${settings.quorum} witnesses have cosigned it`,
      );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof RefusedCheckpointError) return error.message.replace(/\.$/, '');
  if (!(error instanceof Error)) return String(error);
  const cause =
    error.cause instanceof Error
      ? ((error.cause as NodeJS.ErrnoException).code ?? error.cause.message)
      : null;
  return cause === null ? error.message.replace(/\.$/, '') : `it does not answer (${cause})`;
}
