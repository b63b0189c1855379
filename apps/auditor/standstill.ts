/** How long something may stand still, ms. */
export interface Patience {
  /** Since the trail was last looked at. */
  readonly silentMs: number;
  /** From when leaves are first seen until a complete checkpoint covers them. */
  readonly unsignedMs: number;
}

/**
 * What stands still though nobody reports a fault: the auditor itself, or the signing of the log. Instants are of the
 * auditor's own clock, in ms from any beginning: no time of the database is believed. A log without new leaves needs no new
 * checkpoint, however old the last one is.
 */
export class Standstill {
  /** Size of the tree when leaves without a complete checkpoint were first seen, and when that was. */
  private uncovered: { readonly size: number; readonly since: number } | null = null;

  /** @param lookedAt now, as the process starts */
  constructor(
    private readonly patience: Patience,
    private lookedAt: number,
  ) {}

  /** The trail was read to some point just now. */
  looked(now: number): void {
    this.lookedAt = now;
  }

  /** The log has `size` leaves now, of which a complete checkpoint covers the first `signed`. */
  measured({ size, signed }: { readonly size: number; readonly signed: number }, now: number) {
    this.lookedAt = now;
    if (signed >= size) this.uncovered = null;
    else if (this.uncovered === null || signed >= this.uncovered.size)
      this.uncovered = { size, since: now };
  }

  /** How long leaves had waited for a complete checkpoint when the trail was last looked at, ms; 0: none waits. */
  get unsignedMs(): number {
    return this.uncovered === null ? 0 : this.lookedAt - this.uncovered.since;
  }

  /** Why this is no good state, in words; empty where it is one. */
  reasons(now: number): string[] {
    const { silentMs, unsignedMs } = this.patience;
    const silent = now - this.lookedAt;
    return [
      ...(silent > silentMs
        ? [`the trail was last looked at ${Math.round(silent / 1000)} s ago`]
        : []),
      ...(this.unsignedMs > unsignedMs
        ? [
            `no complete checkpoint for ${Math.round(this.unsignedMs / 1000)} s: signer or witnesses`,
          ]
        : []),
    ];
  }
}
