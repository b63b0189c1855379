import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { of, Subject } from 'rxjs';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { streamAlerts } from '../../apps/api/alerts/stream-alerts.js';
import {
  AT,
  monitorOf,
  raised,
  sampleAlert,
  sampleCase,
  sampleFinding,
} from '../store/sample-step.js';
import { until } from '../streams/batch-reader.js';
import { ApiServer } from './api-server.js';

let api: ApiServer;
let writer: Writer;

beforeAll(async () => {
  api = await ApiServer.start();
  writer = monitorOf(api.database.url);
});

afterAll(async () => {
  await closeWriter(writer);
  await api.stop();
});

async function raise(...subjects: string[]): Promise<string[]> {
  const findings = subjects.map((subject) => sampleFinding(subject));
  const alerts = findings.map((finding) => sampleAlert(finding));
  await saveStep(writer, {
    ...emptyStep('monitor', AT),
    cases: subjects.map((subject) => sampleCase(subject, 0)),
    changes: findings.map((finding) => ({ caseId: finding.subject, change: raised(finding) })),
    alerts,
  });
  return alerts.map(({ alertId }) => alertId);
}

interface Listener {
  readonly response: IncomingMessage;
  text: string;
  ended: boolean;
}

async function listen(path: string, headers: Record<string, string> = {}): Promise<Listener> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(api.origin + path, { headers, agent: false }, resolve).once('error', reject);
  });
  const listener: Listener = { response, text: '', ended: false };
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    listener.text += chunk;
  });
  response.on('close', () => {
    listener.ended = true;
  });
  response.on('error', () => undefined);
  return listener;
}

const idsIn = (text: string) => [...text.matchAll(/"alertId":"(\w+)"/g)].map((match) => match[1]);
const cursorsIn = (text: string) =>
  [...text.matchAll(/^id: (\S+)\nevent/gm)].map((match) => match[1]);

describe('GET /v1/alerts/stream', () => {
  it('sends what comes, and goes on after Last-Event-ID without a gap or a repetition', async () => {
    await raise('S-before');
    const first = await listen('/v1/alerts/stream');
    expect(first.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await until(() => first.text.includes(': connected'), 5000);
    const one = await raise('S-1', 'S-2');
    await until(() => idsIn(first.text).length === 2, 5000);
    expect(idsIn(first.text)).toEqual(one);
    expect(first.text).toContain('event: alert.raised\n');
    const last = cursorsIn(first.text)[0] ?? '';
    first.response.destroy();
    const two = await raise('S-3');
    const second = await listen('/v1/alerts/stream', { 'last-event-id': last });
    await until(() => idsIn(second.text).length === 2, 5000);
    expect(idsIn(second.text)).toEqual([one[1], ...two]);
    second.response.destroy();
  });

  it('gives a place to resume from before anything has happened', async () => {
    const listener = await listen('/v1/alerts/stream');
    await until(() => listener.text.includes(': connected'), 5000);
    listener.response.destroy();
    const place = /^id: (\S+)$/m.exec(listener.text)?.[1] ?? '';
    const missed = await raise('S-missed');
    const again = await listen('/v1/alerts/stream', { 'last-event-id': place });
    await until(() => idsIn(again.text).length === 1, 5000);
    expect(idsIn(again.text)).toEqual(missed);
    again.response.destroy();
  });

  it('reads hundreds from the beginning in order, each once', async () => {
    await raise(...Array.from({ length: 350 }, (_, index) => `M-${index}`));
    const listener = await listen('/v1/alerts/stream?after=0-0');
    await until(() => idsIn(listener.text).length >= 350, 10_000);
    const cursors = cursorsIn(listener.text);
    expect(new Set(cursors).size).toBe(cursors.length);
    listener.response.destroy();
  });

  it.each(['yesterday', '1', '-1-1', '99999999999999999999-1', '1-9999999999999999999'])(
    'refuses the place %s before it begins',
    async (place) => {
      const answer = await api.get('/v1/alerts/stream', { 'last-event-id': place });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        400,
        'application/problem+json; charset=utf-8',
      ]);
      expect((await api.get(`/v1/alerts/stream?after=${place}`)).status).toBe(400);
    },
  );

  it('lets a reader that does not read go, after one page in memory', async () => {
    const pool = api.resources.database.pool;
    const { createServer } = await import('node:http');
    let outcome: string | null = null;
    let written = 0;
    const server = createServer((_request, response) => {
      const write = response.write.bind(response);
      response.write = ((text: string) => {
        written += text.length;
        write(text);
        // A full buffer, and a reader that never makes room.
        return false;
      }) as typeof response.write;
      const source = { pool, changed$: new Subject<void>(), stopped$: new Subject() };
      const timing = { heartbeatMs: 1000, pollMs: 20, drainMs: 100 };
      void streamAlerts(response, '0-0', source, timing).then((end) => {
        outcome = end;
        response.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const request = get({ port, host: '127.0.0.1' }, (response) => response.pause());
    request.on('error', () => undefined);
    await until(() => outcome !== null, 5000);
    expect(outcome).toBe('slow');
    expect(written).toBeLessThan(100_000);
    request.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('keeps a quiet line open with comments, and stops when the server does', async () => {
    const chunks: string[] = [];
    const { PassThrough } = await import('node:stream');
    const response = new PassThrough();
    response.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    const stopped$ = new Subject<void>();
    const source = { pool: api.resources.database.pool, changed$: of(), stopped$ };
    const { feedEnd } = await import('#store/alert-feed.js');
    const place = await feedEnd(source.pool);
    const ending = streamAlerts(response as never, place, source, {
      heartbeatMs: 30,
      pollMs: 10,
      drainMs: 1000,
    });
    await until(() => chunks.join('').split(': heartbeat').length > 3, 5000);
    stopped$.next();
    expect(await ending).toBe('closed');
  });

  it('ends open streams when the application stops', async () => {
    const other = await ApiServer.start();
    const { origin } = other;
    const response = await fetch(`${origin}/v1/alerts/stream`);
    const reading = response.text();
    await other.stop();
    expect(await reading).toContain(': connected');
  });
});
