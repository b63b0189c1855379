/** The partition does not stand where the step began: another consumer owns it now, or this batch is already saved. */
export class StalePositionError extends Error {
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly expected: bigint,
    readonly found: bigint,
  ) {
    super(
      `Partition ${topic}/${partition} stands at offset ${found}, not at ${expected}: nothing was saved. ` +
        'Another consumer has moved it, or this batch was saved before. Read the position again and go on from it.',
    );
    this.name = 'StalePositionError';
  }
}

/** Cases were changed by somebody else after they were loaded. Load them again, evaluate and save. */
export class StaleCaseError extends Error {
  constructor(readonly caseIds: readonly string[]) {
    const shown = caseIds.slice(0, 3).join(', ');
    super(
      `${caseIds.length} case(s) were changed after they were loaded (${shown}${caseIds.length > 3 ? ', …' : ''}): ` +
        'nothing was saved. Load them again and evaluate once more.',
    );
    this.name = 'StaleCaseError';
  }
}

/** An event of the step was saved by somebody else meanwhile. Look its identity up again: it is now a duplicate. */
export class KnownEventError extends Error {
  constructor(readonly detail: string) {
    super(
      `An event of this step is already saved (${detail}): nothing was saved. ` +
        'Look the identities up again and treat it as a duplicate.',
    );
    this.name = 'KnownEventError';
  }
}

/** The step contradicts itself: a mistake of the caller, never of the data. */
export class InconsistentStepError extends Error {
  constructor(what: string) {
    super(`The step cannot be saved: ${what}.`);
    this.name = 'InconsistentStepError';
  }
}
