import { expect, it } from '@jest/globals';
import { withDatabase } from '#test/env/database.js';
import { sentEvent } from '../api/sent-events.js';
import { MonitorDesk, type Sent, STORE } from './monitor-desk.js';

const LIMIT = { value: 20, unit: 'G' };

function sent(type: string, id: string, at: string, data: object): Sent {
  const event = sentEvent(type, { id, subject: 'N1', at, data: { ...data } });
  return { event, receivedAt: `${at}:30+08:00` };
}

/** Another unit of the same agency keys in the next step under a code of its own. */
const RECORDS = [
  sent('approval.accepted', 'e1', '2025-09-15T09:00', {
    acceptedOn: '2025-09-15',
    statutoryLimit: LIMIT,
    promisedLimit: LIMIT,
    toleratedMaterials: [],
  }),
  sent('approval.step-entered', 'e2', '2025-09-16T09:00', { agencyCode: '11130600000000000X' }),
];

it.each([
  ['all in one batch', [RECORDS], false],
  ['each in its own batch, after a restart', RECORDS.map((record) => [record]), true],
] as const)(
  'an alert stands where the first event of its case stands: %s',
  async (_name, batches, restarts) => {
    await withDatabase(STORE, async (url) => {
      const desk = new MonitorDesk(url);
      try {
        for (const batch of batches) {
          if (restarts) await desk.restart();
          await desk.take(0, batch);
        }
        await desk.tick('2025-10-21T10:00:00+08:00');
        const rows = await desk.query<{ agency_code: string }>(
          'select distinct agency_code from alert',
        );
        expect(rows).toEqual([{ agency_code: '11130602MB1234567P' }]);
      } finally {
        await desk.close();
      }
    });
  },
);

/** The fact that the overdue alert rests on moves to another case; what comes later speaks of another item. */
const MOVED_AWAY = [
  sent('approval.accepted', 'e1', '2025-09-15T09:00', {
    acceptedOn: '2025-09-15',
    statutoryLimit: LIMIT,
    promisedLimit: LIMIT,
    toleratedMaterials: [],
    itemCode: 'XK-1',
  }),
  movedAway(),
  sent('approval.step-entered', 'e2', '2025-10-23T09:00', { itemCode: 'XK-2' }),
];

function movedAway(): Sent {
  const { event } = sent('approval.accepted', 'm1', '2025-09-15T09:00', {
    acceptedOn: '2025-09-15',
    statutoryLimit: LIMIT,
    promisedLimit: LIMIT,
    toleratedMaterials: [],
    recordedAt: '2025-10-22T09:00:00+08:00',
    itemCode: 'XK-1',
    correctionOf: { source: 'feed-a', id: 'e1' },
    correctionReason: '申办流水号录错',
    correctedType: 'approval.accepted',
    correctedSubject: 'N2',
  });
  return {
    event: { ...event, type: 'approval.corrected' },
    receivedAt: '2025-10-22T09:00:30+08:00',
  };
}

it.each([
  ['all in one batch', [MOVED_AWAY], false],
  ['each in its own batch, after a restart', MOVED_AWAY.map((record) => [record]), true],
] as const)(
  'an alert keeps the item that its case had when it last changed: %s',
  async (_name, batches, restarts) => {
    await withDatabase(STORE, async (url) => {
      const desk = new MonitorDesk(url);
      try {
        for (const batch of batches) {
          if (restarts) await desk.restart();
          await desk.take(0, batch);
        }
        const rows = await desk.query(
          `select item_code, retracted from alert where case_id = 'feed-a/N1' and rule_id = 'OD-03'`,
        );
        expect(rows).toEqual([{ item_code: 'XK-1', retracted: true }]);
      } finally {
        await desk.close();
      }
    });
  },
);
