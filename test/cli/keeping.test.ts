import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { saveStep } from '#store/save-step.js';
import { closeWriter } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { fullStep, monitorOf, STORE } from '../store/sample-step.js';
import { mingcha } from './run-mingcha.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(STORE);
  const writer = monitorOf(database.url);
  await saveStep(writer, fullStep(0n));
  await closeWriter(writer);
});

afterAll(() => database.drop());

/** Words of one call, and what it answers: exit code, printed lines, what it says. */
async function admin(...args: string[]) {
  const { code, out, err } = await mingcha(['admin', ...args], { DATABASE_URL: database.url });
  const lines = out.split('\n').filter((line) => line !== '');
  return { code, err, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('mingcha admin hold, erase and retention', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['nothing to hold', ['hold', 'place', '--reason', 'x'], /takes one of --case/],
    ['two things to hold', ['hold', 'place', '--case', 'a', '--person', 'b'], /takes one of/],
    [
      'half a period',
      ['hold', 'place', '--from', '2025-01-01T00:00:00+08:00'],
      /--to takes a time/,
    ],
    ['no reason', ['erase', 'request', '--case', 'feed-a/SP1'], /--reason is empty/],
    ['no folder', ['retention', 'drop'], /needs --dir/],
    ['another table', ['retention', 'archive', '--table', 'alert'], /needs --table event\|audit/],
    ['another verb', ['erase', 'now'], /admin erase takes request, approve, refuse, list/],
  ])('refuse %s with exit code 2', async (_, args, words) => {
    const { code, err } = await admin(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(words)]);
  });

  it('hold a case until another person confirms that it is let go, and erase it then', async () => {
    const caseId = 'feed-a/SP1';
    const placed = await admin(
      ...['hold', 'place', '--case', caseId, '--reason', 'notice 7', '--actor', 'li'],
    );
    expect(placed).toMatchObject({ code: 0, err: '', lines: [{ outcome: 'placed' }] });
    const hold = String(placed.lines[0]?.hold);
    const early = ['erase', 'request', '--case', caseId, '--reason', 'term', '--actor', 'li'];
    expect(await admin(...early)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/under legal hold \(\w+\). Nothing was changed/),
    });
    expect(await admin('hold', 'confirm', hold, '--actor', 'li')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/another person has to decide/),
    });
    await admin('hold', 'lift', hold, '--reason', 'closed', '--actor', 'li');
    const lifted = await admin('hold', 'confirm', hold, '--actor', 'wang');
    expect(lifted).toMatchObject({ code: 0, lines: [{ hold, outcome: 'lifted' }] });
    expect((await admin('hold', 'list')).lines).toEqual([]);
    expect((await admin('hold', 'list', '--all')).lines).toMatchObject([
      { holdId: hold, kind: 'case', subject: caseId, liftedBy: 'wang' },
    ]);
    const asked = await admin(...early);
    const request = String(asked.lines[0]?.request);
    expect((await admin('erase', 'list')).lines).toMatchObject([{ requestId: request }]);
    expect(await admin('erase', 'approve', request, '--actor', 'wang')).toMatchObject({
      code: 0,
      lines: [{ outcome: 'erased', caseId, events: 2, copiedTo: ['feed-a/SP2'] }],
    });
    expect(await admin('erase', 'approve', 'none', '--actor', 'wang')).toMatchObject({ code: 3 });
  });

  it('say of each month what keeps it, and archive none before its time', async () => {
    const { code, lines } = await admin('retention', 'plan');
    expect(code).toBe(0);
    expect(lines).toContainEqual({
      table: 'event',
      month: '2025-03',
      archiveId: null,
      may: false,
      obstacles: ['its term runs until 2035-04-01'],
    });
    const archive = ['retention', 'archive', '--table', 'event', '--month', '2025-03'];
    expect(await admin(...archive, '--dir', '/nowhere/archive')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/stays: its term runs until 2035-04-01. Nothing was changed/),
    });
  });
});
