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
