/** Why a record breaks the contract (events.md section 8.3). Texts: libs/contract/locale/reject.<language>.json. */
export const REJECT_REASONS = [
  'empty',
  'too-large',
  'not-utf8',
  'not-json',
  'not-cloudevents',
  'unknown-feed',
  'unknown-type',
  'reserved-type',
  'unknown-vocabulary-version',
  'missing-field',
  'malformed-field',
  'time-without-zone',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

export type RejectParams = Readonly<Record<string, string | number>>;

/**
 * A record that goes to quarantine. `field` is the path within the CloudEvent (`data.materials[2].code`), null where
 * the record as a whole is at fault. `params` never repeats a value that may be personal data. The identity is given
 * as far as it could be read, so that the owner can find the record; it is not to be trusted.
 */
export interface Rejected {
  readonly reason: RejectReason;
  readonly field: string | null;
  readonly params: RejectParams;
  readonly source: string | null;
  readonly id: string | null;
  readonly subject: string | null;
  readonly type: string | null;
}

/** What a reader found wrong; grows its path from the inside out. */
export class Fault {
  constructor(
    readonly reason: RejectReason,
    readonly params: RejectParams = {},
    readonly path: string = '',
  ) {}

  /** The same fault seen from the object that holds it under `key`. */
  under(key: string): Fault {
    const path =
      this.path === '' || this.path.startsWith('[') ? key + this.path : `${key}.${this.path}`;
    return new Fault(this.reason, this.params, path);
  }

  /** The same fault seen from the list that holds it at `index`. */
  at(index: number): Fault {
    const path = this.path === '' ? `[${index}]` : `[${index}].${this.path}`;
    return new Fault(this.reason, this.params, path);
  }
}

/** `text`, `number`, `list` … as a sender understands it; never the value itself. */
export function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value;
}
