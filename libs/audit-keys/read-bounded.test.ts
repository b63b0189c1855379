import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readBounded } from './read-bounded.js';
import { timestamp } from './timestamp.js';

let server: Server;
let url: string;
let sent = 0;

/** Sends without an end for as long as somebody reads. */
function pour(response: ServerResponse): void {
  const part = Buffer.alloc(65_536);
  const more = () => {
    while (!response.destroyed && sent < 2 ** 28) {
      sent += part.length;
      if (!response.write(part)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    if (request.url === '/short') response.end('1234');
    else pour(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('an answer of somebody else', () => {
  it('is read up to its bound, inclusive', async () => {
    expect((await readBounded(await fetch(`${url}/short`), 4))?.toString()).toBe('1234');
    expect(await readBounded(await fetch(`${url}/short`), 3)).toBeNull();
  });

  it('without an end is given up: by who reads it, and by who asks for a timestamp', async () => {
    sent = 0;
    expect(await readBounded(await fetch(url), 100_000)).toBeNull();
    await expect(timestamp(url, Buffer.from('text'))).rejects.toThrow(/more than 65536 bytes/);
    // Buffers of the connection apart, nothing was taken.
    expect(sent).toBeLessThan(2 ** 26);
  });
});
