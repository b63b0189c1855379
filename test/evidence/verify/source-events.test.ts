import { beforeAll, describe, expect, it } from '@jest/globals';
import { type CityBundle, cityBundle } from './city-bundle.js';
import { edit, Forge, failures } from './forge.js';
import type { Files } from './make-bundle.js';
import { sha256Hex } from './test-log.js';

const SOURCES = 'data/source-events/index.json';

interface Listed extends Record<string, unknown> {
  file: string;
  leafIndex: number;
  use: string;
  decoded: string;
}

let city: CityBundle;
let forge: Forge;

beforeAll(() => {
  city = cityBundle({ seed: 7, cases: 60, about: 5, inHeaders: 7 });
  forge = new Forge(city);
});

const forged = (change: (files: Files) => void) => forge.forged(change);

const read = <T>(files: Files, path: string): T =>
  JSON.parse(Buffer.from(files.get(path) ?? []).toString()) as T;

/** Bytes of an event that came with its attributes in headers. */
const isBinary = (files: Files, { file }: Listed): boolean =>
  read<object>(files, file) !== null && !('specversion' in read<object>(files, file));

describe('events whose attributes came in headers', () => {
  it('are read with the attributes that their records name, and that is said', () => {
    const events = read<Listed[]>(city.files, SOURCES);
    const binary = events.filter((one) => isBinary(city.files, one));
    expect(binary.length).toBeGreaterThan(2);
    const { exit, outcomes } = forge.verify(city.files);
    expect(exit).toBe(0);
    expect(outcomes).toMatchObject([{ key: 'event.taken', params: { count: binary.length } }]);
  });

  /** Changes how the first of them in a case was read. */
  const readOtherwise = (change: (event: Record<string, unknown>) => object) => {
    let place = '';
    const result = forged((files) => {
      const events = read<Listed[]>(files, SOURCES);
      const one = events.find((each) => each.use === 'case' && isBinary(files, each)) as Listed;
      place = one.decoded;
      edit<Record<string, unknown>>(files, place, (event) => ({ ...event, ...change(event) }));
    });
    return { result, place };
  };

  it('cannot be read otherwise than their bytes say', () => {
    const { result } = readOtherwise(({ data }) => ({ data: { ...(data as object), x: 1 } }));
    expect(failures(result)).toMatchObject([{ code: 16, key: 'event.read-otherwise' }]);
    const other = readOtherwise(() => ({ recordedAt: 0 }));
    expect(failures(other.result)[0]).toMatchObject({ code: 16, key: 'event.read-otherwise' });
  });

  it('cannot be given attributes that their records do not name', () => {
    const { result, place } = readOtherwise(() => ({ type: 'approval.decided~' }));
    expect(failures(result)).toContainEqual({ code: 13, key: 'event.other', place });
  });

  it('cannot be dropped by giving no reading of them', () => {
    const result = forged((files) =>
      edit<Listed[]>(files, SOURCES, (events) =>
        events.map((one) => {
          if (!isBinary(files, one)) return one;
          files.delete(one.decoded);
          return { ...one, decoded: null as never };
        }),
      ),
    );
    expect(result.exit).toBe(16);
    expect(failures(result)[0]).toMatchObject({ key: 'event.read-otherwise' });
  });
});

describe('an exporter who holds the export key', () => {
  /** Says something else of the first event of a case. */
  const saidOtherwise = (change: (one: Listed, files: Files) => Partial<Listed>) => {
    let place = '';
    const result = forged((files) =>
      edit<Listed[]>(files, SOURCES, (events) => {
        const first = events.find(({ use }) => use === 'case') as Listed;
        place = `data/records/${first.leafIndex}.json`;
        return events.map((one) => (one === first ? { ...one, ...change(one, files) } : one));
      }),
    );
    return { result, place };
  };

  it('says that a received event was erased, which no record says', () => {
    const { result, place } = saidOtherwise(({ file, decoded, recordDigest }, files) => {
      files.delete(file);
      files.delete(decoded);
      return { file: null as never, decoded: null as never, digest: recordDigest, erased: true };
    });
    expect(failures(result)[0]).toEqual({ code: 11, key: 'source.not-erased', place });
    const kept = saidOtherwise(() => ({ erased: true }));
    expect(failures(kept.result)).toEqual([
      { code: 11, key: 'source.not-erased', place: kept.place },
    ]);
  });

  it.each([
    ['receivedAt', '2025-03-01T00:00:00.000Z'],
    ['topic', 'another'],
    ['partition', 7],
    ['offset', '999999'],
    ['caseId', 'feed-a/another'],
    ['use', 'reference'],
    ['decoded', 'data/events/0.json~'],
    ['recordDigest', '00'.repeat(32)],
    ['movedTo', [{ caseId: 'feed-a/another', leafIndex: 1, salt: null }]],
  ])('says of a received event another %s than its record', (what, value) => {
    const { result, place } = saidOtherwise(() => ({ [what]: value }));
    expect(failures(result)).toContainEqual({ code: 13, key: 'source.differs', place });
    const differs = result.outcomes.find(({ key }) => key === 'source.differs');
    expect(differs?.params.what).toBe(what);
  });

  it('says that a reference fact was known earlier than it was received', () => {
    const place = 'data/calendar/references.json';
    const result = forged((files) =>
      edit<{ knownFrom: string }[]>(files, place, ([first, ...rest]) => [
        { ...(first as { knownFrom: string }), knownFrom: '2020-01-01T00:00:00.000Z' },
        ...rest,
      ]),
    );
    expect(failures(result)).toContainEqual({ code: 16, key: 'reference.unfounded', place });
  });

  it('adds a reading of an event that the list does not name', () => {
    const place = 'data/events/999999.json';
    const result = forged((files) => files.set(place, Buffer.from('{}\n')));
    expect(failures(result)).toEqual([{ code: 11, key: 'file.extra', place }]);
  });

  it('moves the beginning of the bytes into the salt', () => {
    const { result, place } = saidOtherwise(({ file }, files) => {
      const bytes = Buffer.from(files.get(file) ?? []);
      const rest = bytes.subarray(16);
      files.set(file, rest);
      return { salt: bytes.subarray(0, 16).toString('hex'), digest: sha256Hex(rest), place: file };
    });
    const { file } = read<Listed[]>(city.files, SOURCES).find(
      ({ leafIndex }) => place === `data/records/${leafIndex}.json`,
    ) as Listed;
    expect(failures(result)).toContainEqual({ code: 13, key: 'source.digest', place: file });
  });

  it('lists a reading of an event and leaves it out', () => {
    let place = '';
    const result = forged((files) => {
      place = read<Listed[]>(files, SOURCES)[3]?.decoded as string;
      files.delete(place);
    });
    expect(failures(result)).toEqual([{ code: 11, key: 'file.missing', place }]);
  });

  it('leaves out a received event', () => {
    let record = '';
    const result = forged((files) =>
      edit<{ file: string; leafIndex: number; use: string }[]>(
        files,
        'data/source-events/index.json',
        (events) => {
          const gone = events.find(({ use }) => use === 'case') as (typeof events)[number];
          record = `data/records/${gone.leafIndex}.json`;
          files.delete(gone.file);
          return events.filter((one) => one !== gone);
        },
      ),
    );
    expect(failures(result)[0]).toEqual({ code: 11, key: 'source.unlisted', place: record });
    expect(result.exit).toBe(11);
  });
});
