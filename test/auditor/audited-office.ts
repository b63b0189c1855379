import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditorState } from '#audit-keys/auditor-state.js';
import { InboxEventLog } from '#streams/inbox/inbox-event-log.js';
import { TrailOffice } from '../audit/attacks/trail-office.js';
import { start } from '../cli/run-mingcha.js';
import { quietLogger, until } from '../streams/batch-reader.js';

export interface Health {
  readonly status: number;
  readonly ready: boolean;
  readonly reason: string | null;
  readonly verified: number;
  readonly signed: number;
  readonly findings: number;
  readonly open: readonly {
    readonly kind: string;
    readonly id: string | null;
    readonly leafIndex: number | null;
  }[];
  readonly recheck: { readonly endedAt: string | null; readonly inArchives: number };
}

export interface Broken {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Looks again and again, for half a minute, until what is seen is what is waited for. */
export async function eventually<T>(
  look: () => Promise<T>,
  isIt: (seen: T) => boolean,
): Promise<T> {
  for (const giveUpAt = Date.now() + 30_000; ; ) {
    const seen = await look();
    if (isIt(seen)) return seen;
    if (Date.now() > giveUpAt) throw new Error(`not within 30 s: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A database with a few records, and auditors as processes that follow its trail with one state folder. */
export class AuditedOffice {
  private running: ReturnType<typeof start>[] = [];

  private constructor(readonly trail: TrailOffice) {}

  static async open(): Promise<AuditedOffice> {
    const trail = await TrailOffice.open();
    const office = new AuditedOffice(trail);
    await office.makeTopic();
    AuditorState.begin(office.stateFolder);
    await trail.goOn(6);
    return office;
  }

  async makeTopic(): Promise<void> {
    const log = new InboxEventLog({ database: this.trail.database.url, logger: quietLogger });
    await log.createTopics([{ topic: 'mingcha.alerts', partitions: 2 }]);
    await log.close();
  }

  get stateFolder(): string {
    return join(this.trail.folder, 'auditor.state');
  }

  /** What the auditor remembers. */
  get state(): { readonly size: number; readonly told: readonly string[] } {
    return JSON.parse(readFileSync(join(this.stateFolder, 'auditor.json'), 'utf8'));
  }

  get settings(): Record<string, string> {
    return {
      DATABASE_URL: this.trail.database.url,
      EVENT_LOG: 'inbox',
      MINGCHA_AUDITOR_STATE: this.stateFolder,
      MINGCHA_TRUSTED_KEYS_FILE: this.trail.keys,
      MINGCHA_AUDITOR_POLL_MS: '50',
    };
  }

  /** Starts an auditor and waits until its health can be asked for. */
  async audit(changes: Record<string, string> = {}) {
    const auditor = start('auditor/main.js', [], { ...this.settings, ...changes });
    this.running.push(auditor);
    await until(() => auditor.text.err.includes('"address"'), 30_000);
    const line = auditor.text.err.split('\n').find((one) => one.includes('"address"')) ?? '{}';
    const { address } = JSON.parse(line) as { address: string };
    return {
      health: async () => {
        const answer = await fetch(`${address}/health`);
        return { ...((await answer.json()) as Health), status: answer.status };
      },
      metrics: async () => (await fetch(`${address}/metrics`)).text(),
    };
  }

  /** Ends the auditors. */
  async stop(): Promise<void> {
    for (const { child, ended } of this.running) {
      child.kill('SIGTERM');
      await ended;
    }
    this.running = [];
  }

  /** What was published, in order. */
  async told(): Promise<Broken[]> {
    const { rows } = await this.trail.admin.query<{ value: string }>(
      `select convert_from(value, 'UTF8') as value from inbox_record where topic = 'mingcha.alerts' order by appended_at`,
    );
    return rows.map(({ value }) => JSON.parse(value) as Broken);
  }

  sizeNow(): Promise<number> {
    return this.trail.value<number>('select size::int as value from audit_tree');
  }

  async close(): Promise<void> {
    await this.stop();
    await this.trail.close();
  }
}
