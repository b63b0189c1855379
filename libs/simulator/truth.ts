/** One finding that a case was made to have. Times are local, RFC 3339. */
export interface Label {
  readonly kind: 'hit';
  readonly source: string;
  readonly subject: string;
  readonly ruleId: string;
  /** Event id of the anchor; null where the reading leaves the anchor open. */
  readonly occurrenceHint: string | null;
  /** Level at the end of the run: the highest that the window reached. */
  readonly level: 'data' | 'lead' | 'notice' | 'yellow' | 'red';
  /** First instant at which the finding is true; null where the reading leaves it open. */
  readonly since: string | null;
  readonly behaviour: string;
  readonly note: string;
}

/** A case made to come within one unit of a rule's threshold, or inside one of its exceptions. */
export interface NearMiss {
  readonly kind: 'near-miss';
  readonly source: string;
  readonly subject: string;
  readonly ruleId: string;
  readonly behaviour: string;
  readonly why: string;
}

/** Answer key of one run. */
export interface Truth {
  /** The instant asked about and through which all is known: RFC 3339. */
  readonly asOf: string;
  readonly cases: number;
  readonly hits: readonly Label[];
  readonly nearMisses: readonly NearMiss[];
}

/** Answer key as JSON Lines: the header first, then hits and near misses in the order of the cases. */
export function* truthLines(truth: Truth): Generator<string> {
  yield JSON.stringify({ kind: 'run', asOf: truth.asOf, cases: truth.cases });
  for (const hit of truth.hits) yield JSON.stringify(hit);
  for (const nearMiss of truth.nearMisses) yield JSON.stringify(nearMiss);
}
