import type { PartitionProgress, StreamProblem } from '#streams/event-log.js';
import { isFatalKafkaError } from '#streams/kafka/kafka-record.js';
import type { Trouble } from './troubles.js';

/** What an error of the event log means at the start: a topic that is not there yet and a server that is away pass. */
export function judgeLog(error: unknown): Trouble {
  const said = error instanceof Error ? error.message : String(error);
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  const text = `The event log cannot be used (${said.replace(/\.$/, '')})`;
  return { kind: 'event-log', code, passes: !isFatalKafkaError(error), text };
}

/** What keeps the event log from being read, as it tells itself; for health. */
export class LogTroubles {
  private away: string | null = null;
  private readonly held = new Map<number, string>();

  note(problem: StreamProblem): void {
    if (problem.kind === 'unreachable' || problem.kind === 'topic-missing')
      this.away = problem.message;
    else if (problem.kind === 'recovered') this.away = null;
    else if (problem.kind === 'position-beyond-end')
      this.held.set(problem.partition, problem.message);
  }

  /** Null where it can be read. A partition that has progress is held no longer. */
  reason(progress: readonly PartitionProgress[]): string | null {
    for (const { partition } of progress) this.held.delete(partition);
    return [this.away, ...this.held.values()].filter((one) => one !== null).join(' ') || null;
  }
}
