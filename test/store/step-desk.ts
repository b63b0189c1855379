import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Client } from 'pg';
import { emptyStep, type StepToSave } from '#store/step-to-save.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { AT, monitorOf, STORE } from './sample-step.js';

const TABLES =
  'event, event_identity, moved_event, case_key, case_state, finding, finding_change, alert, alert_event, alert_hold, audit_record, quarantine, reference_fact, source_coverage, outbox, stream_position';

/** A database for steps, with a monitor's writer and its owner's connection. */
export interface StepDesk {
  readonly database: TestDatabase;
  readonly writer: Writer;
  readonly admin: Client;
}

/** One for the tests of a file, there from their first on; its tables are empty before each. */
export function useStepDesk(): StepDesk {
  const desk = {} as { -readonly [Part in keyof StepDesk]: StepDesk[Part] };
  beforeAll(async () => {
    desk.database = await createDatabase(STORE);
    desk.admin = new Client({ connectionString: desk.database.url });
    await desk.admin.connect();
    desk.writer = monitorOf(desk.database.url);
  });
  afterAll(async () => {
    await closeWriter(desk.writer);
    await desk.admin.end();
    await desk.database.drop();
  });
  beforeEach(async () => {
    // The owner of the server may still empty the tables of a test; triggers refuse even that unless switched off.
    await desk.admin.query(
      `set session_replication_role = replica; truncate ${TABLES}; set session_replication_role = origin`,
    );
  });
  return desk;
}

/** A later step on the same partition, ticks included. */
export function laterStep(step: Partial<StepToSave>): StepToSave {
  return { ...emptyStep('monitor', AT + 1000), ...step };
}
