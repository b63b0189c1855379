import type { Pool, PoolClient } from 'pg';
import type { Instant } from '#core/event/event.js';
import type { Writer } from '../writer.js';
import {
  appendStep,
  type Doing,
  demandOther,
  KeepingError,
  keepingTransaction,
  newKeepingId,
} from './keeping-deed.js';

/** What a hold keeps: a case, an alert with its case, a person (`unitCode/staffNo`), or what came in a period. */
export type HeldThing =
  | { readonly kind: 'case' | 'alert' | 'person'; readonly subject: string }
  /** `from` included, `to` not. */
  | { readonly kind: 'period'; readonly from: Instant; readonly to: Instant };

/** A hold as it stands. In force until `liftedBy` is set, confirmed or not. */
export interface LegalHold {
  readonly holdId: string;
  readonly thing: HeldThing;
  readonly reason: string;
  readonly placedAt: Instant;
  readonly placedBy: string;
  /** Null until a second person has confirmed the placing. */
  readonly confirmedBy: string | null;
  readonly lift: { readonly reason: string; readonly requestedBy: string } | null;
  /** Null while it is in force. */
  readonly liftedAt: Instant | null;
  readonly liftedBy: string | null;
}

interface HoldRow {
  readonly hold_id: string;
  readonly kind: HeldThing['kind'];
  readonly subject: string | null;
  readonly period_from: Date | null;
  readonly period_to: Date | null;
  readonly reason: string;
  readonly placed_at: Date;
  readonly placed_by: string;
  readonly confirmed_by: string | null;
  readonly lift_reason: string | null;
  readonly lift_requested_by: string | null;
  readonly lifted_at: Date | null;
  readonly lifted_by: string | null;
}

function holdOf(row: HoldRow): LegalHold {
  const thing: HeldThing =
    row.kind === 'period'
      ? {
          kind: 'period',
          from: (row.period_from as Date).getTime(),
          to: (row.period_to as Date).getTime(),
        }
      : { kind: row.kind, subject: row.subject as string };
  return {
    holdId: row.hold_id,
    thing,
    reason: row.reason,
    placedAt: row.placed_at.getTime(),
    placedBy: row.placed_by,
    confirmedBy: row.confirmed_by,
    lift:
      row.lift_requested_by === null
        ? null
        : { reason: row.lift_reason as string, requestedBy: row.lift_requested_by },
    liftedAt: row.lifted_at?.getTime() ?? null,
    liftedBy: row.lifted_by,
  };
}

/** Holds by the time of their placing; those that were lifted on request. */
export async function listHolds(pool: Pool, includeLifted = false): Promise<LegalHold[]> {
  const { rows } = await pool.query<HoldRow>(
    'select * from legal_hold where $1 or lifted_at is null order by placed_at, hold_id',
    [includeLifted],
  );
  return rows.map(holdOf);
}

async function exists(client: PoolClient, thing: HeldThing): Promise<boolean> {
  // A person may have to be held before anything of theirs arrives; a period too.
  if (thing.kind === 'person' || thing.kind === 'period') return true;
  const [table, column] = thing.kind === 'case' ? ['case_state', 'case_id'] : ['alert', 'alert_id'];
  const { rowCount } = await client.query(`select from ${table} where ${column} = $1`, [
    thing.subject,
  ]);
  return rowCount === 1;
}

function thingFields(thing: HeldThing) {
  return thing.kind === 'period'
    ? {
        kind: thing.kind,
        subject: null,
        from: new Date(thing.from).toISOString(),
        to: new Date(thing.to).toISOString(),
      }
    : { kind: thing.kind, subject: thing.subject, from: null, to: null };
}

/**
 * Places a hold: in force at once, on one person's word, since keeping too much for a day harms nobody. A second person
 * confirms it. Returns its id. Record `hold.placed`.
 * @throws KeepingError `missing` where there is no such case or alert
 */
export async function placeHold(
  writer: Writer,
  { thing, reason }: { readonly thing: HeldThing; readonly reason: string },
  doing: Doing,
): Promise<string> {
  const holdId = newKeepingId();
  await keepingTransaction(writer, doing, async (client, trail) => {
    if (!(await exists(client, thing)))
      throw new KeepingError('missing', `There is no ${thing.kind} to hold under that id`);
    const period = thing.kind === 'period' ? thing : null;
    await client.query(
      `insert into legal_hold (hold_id, kind, subject, period_from, period_to, reason, placed_at, placed_by, tenant)
       values ($1, $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000), $6,
         to_timestamp($7::float8 / 1000), $8, $9)`,
      [
        holdId,
        thing.kind,
        thing.kind === 'period' ? null : thing.subject,
        period?.from ?? null,
        period?.to ?? null,
        reason,
        doing.at,
        doing.actor,
        doing.tenant ?? 'main',
      ],
    );
    appendStep(trail, {
      action: 'hold.placed',
      object: `hold:${holdId}`,
      schema: 'mingcha.hold/1',
      fields: { ...thingFields(thing), reason },
    });
  });
  return holdId;
}

async function standing(client: PoolClient, holdId: string): Promise<LegalHold> {
  const { rows } = await client.query<HoldRow>(
    'select * from legal_hold where hold_id = $1 for update',
    [holdId],
  );
  if (rows[0] === undefined) throw new KeepingError('missing', `There is no hold ${holdId}`);
  const hold = holdOf(rows[0]);
  if (hold.liftedBy !== null)
    throw new KeepingError('refused', `Hold ${holdId} was lifted by ${hold.liftedBy} already`);
  return hold;
}

/** Asks for a hold to be lifted; it stays in force until another person confirms. Record `hold.lift-requested`. */
export function requestLift(
  writer: Writer,
  { holdId, reason }: { readonly holdId: string; readonly reason: string },
  doing: Doing,
): Promise<void> {
  return keepingTransaction(writer, doing, async (client, trail) => {
    const hold = await standing(client, holdId);
    if (hold.lift !== null)
      throw new KeepingError(
        'refused',
        `${hold.lift.requestedBy} has asked for that already; another person confirms it`,
      );
    await client.query(
      `update legal_hold set lift_reason = $2, lift_requested_by = $3,
         lift_requested_at = to_timestamp($4::float8 / 1000) where hold_id = $1`,
      [holdId, reason, doing.actor, doing.at],
    );
    appendStep(trail, {
      action: 'hold.lift-requested',
      object: `hold:${holdId}`,
      schema: 'mingcha.hold/1',
      fields: { ...thingFields(hold.thing), reason },
    });
  });
}

/**
 * The second person: confirms that the hold is lifted where somebody else asked for that, else that it was placed.
 * Records `hold.lifted`, `hold.confirmed`. Returns which it was.
 * @throws KeepingError `second-person` where it is the same person, `refused` where nothing waits to be confirmed
 */
export function confirmHold(
  writer: Writer,
  holdId: string,
  doing: Doing,
): Promise<'lifted' | 'confirmed'> {
  return keepingTransaction(writer, doing, async (client, trail) => {
    const hold = await standing(client, holdId);
    const does = hold.lift === null ? 'confirmed' : 'lifted';
    if (hold.lift === null) {
      if (hold.confirmedBy !== null)
        throw new KeepingError('refused', `Hold ${holdId} waits for nothing to be confirmed`);
      demandOther(doing.actor, hold.placedBy, 'The hold was placed by');
    } else demandOther(doing.actor, hold.lift.requestedBy, 'The lifting was asked for by');
    await client.query(
      `update legal_hold set ${does}_at = to_timestamp($2::float8 / 1000), ${does}_by = $3 where hold_id = $1`,
      [holdId, doing.at, doing.actor],
    );
    appendStep(trail, {
      action: `hold.${does}`,
      object: `hold:${holdId}`,
      schema: 'mingcha.hold/1',
      fields: {
        ...thingFields(hold.thing),
        reason: hold.lift?.reason ?? hold.reason,
        askedBy: hold.lift?.requestedBy ?? hold.placedBy,
      },
    });
    return does;
  });
}

/** Holds in force that touch a case. */
export async function holdsOnCase(client: PoolClient | Pool, caseId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>('select holds_on_case($1) as id', [caseId]);
  return rows.map(({ id }) => id);
}
