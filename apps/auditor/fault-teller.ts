import type { Logger } from 'pino';
import type { AuditorState } from '#audit-keys/auditor-state.js';
import type { EventLog } from '#streams/event-log.js';
import { brokenEvent } from './broken-event.js';
import type { ToldFaults } from './told-faults.js';

/** Faults published at once. */
const AT_ONCE = 500;

/** Publishes `audit.broken` for what was not told yet. */
export class FaultTeller {
  /** Why nothing can be published; null: it can, as far as is known. */
  trouble: string | null = null;

  constructor(
    private readonly out: { readonly log: EventLog; readonly topic: string },
    private readonly told: ToldFaults,
    private readonly state: AuditorState,
    private readonly logger: Logger,
  ) {}

  /** Publishes some of what waits; a crash before it is remembered sends the same event, with the same id, again. */
  async tell(): Promise<void> {
    const { out, told, state } = this;
    const findings = told.next(AT_ONCE);
    if (findings.length === 0) return;
    try {
      await out.log.publish(
        out.topic,
        findings.map((finding) => brokenEvent(finding, new Date())),
      );
      told.published(findings);
      state.save();
      this.trouble = null;
    } catch (error) {
      if (this.trouble === null)
        this.logger.warn({ err: error }, 'audit.broken cannot be published; it is tried again');
      this.trouble = `audit.broken cannot be published: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
