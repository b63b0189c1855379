import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseVerifierKey } from '#core/audit/note/note-key.js';
import { parseNote, verifyNote } from '#core/audit/note/signed-note.js';
import { formatAddCheckpoint } from '#core/audit/note/witness-request.js';
import { EMPTY_ROOT, EMPTY_TREE, growTree, rootOf } from '#core/audit/tree/hash-tree.js';
import { proveConsistency } from '#core/audit/tree/proof.js';
import { type DeskOptions, judgeRequest } from './checkpoint-desk.js';
import { verifyEd25519 } from './ed25519.js';
import { makeKeyFile, readKeyFile } from './key-file.js';
import { StateFolder } from './state-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'mingcha-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ORIGIN = 'log.example/one';
const logVkey = makeKeyFile(join(folder, 'log.key'), ORIGIN, 1);
const witnessVkey = makeKeyFile(join(folder, 'witness.key'), 'witness.example', 4);
const logKey = readKeyFile(join(folder, 'log.key'), 1);
const witnessKey = readKeyFile(join(folder, 'witness.key'), 4);

/** Leaves by number; `fork` gives another history. */
const leaf = (index: number, fork = 0) => new Uint8Array(32).fill(index + 1).fill(fork, 31);
const leaves = (size: number, fork = 0) =>
  Array.from({ length: size }, (_, index) => leaf(index, fork));
const rootAt = (size: number, fork = 0) => rootOf(growTree(EMPTY_TREE, leaves(size, fork)));

function proof(size1: number, size2: number): Uint8Array[] {
  const nodes = new Map<string, Uint8Array>();
  growTree(EMPTY_TREE, leaves(size2), undefined, (level, index, hash) =>
    nodes.set(`${level}/${index}`, hash),
  );
  return proveConsistency(size1, size2, (level, index) => nodes.get(`${level}/${index}`)!);
}

interface Asked {
  readonly old: number;
  readonly size: number;
  readonly root?: Uint8Array;
  readonly proof?: readonly Uint8Array[];
  readonly origin?: string;
  readonly sign?: (text: string) => string;
}

function request({
  old,
  size,
  root = rootAt(size),
  proof: hashes,
  origin = ORIGIN,
  sign,
}: Asked): string {
  const text = formatCheckpoint({ origin, size, root, extensions: [] });
  const note = `${text}\n${(sign ?? ((signed) => logKey.line(signed, 0)))(text)}`;
  const honest = old > 0 && old < size ? proof(old, size) : [];
  return formatAddCheckpoint({ oldSize: old, proof: hashes ?? honest, note });
}

let state: StateFolder;
let desk: DeskOptions;
let run = 0;

beforeEach(() => {
  run += 1;
  state = new StateFolder(join(folder, `state-${run}`));
  desk = {
    logs: new Map([[ORIGIN, [parseVerifierKey(logVkey)]]]),
    state,
    sign: (text) => witnessKey.line(text, 1_700_000_000),
  };
});

const ask = (asked: Asked) => judgeRequest(request(asked), desk);

describe('C2SP tlog-witness add-checkpoint', () => {
  it('cosigns a first checkpoint, one that grows from it, and the same again', () => {
    for (const asked of [
      { old: 0, size: 5 },
      { old: 5, size: 9 },
      { old: 9, size: 9 },
    ]) {
      const { status, body } = ask(asked);
      expect(status).toBe(200);
      const text = formatCheckpoint({
        origin: ORIGIN,
        size: asked.size,
        root: rootAt(asked.size),
        extensions: [],
      });
      const note = parseNote(`${text}\n${body}`);
      const [cosignature] = verifyNote(note, [parseVerifierKey(witnessVkey)], verifyEd25519);
      expect(cosignature?.time).toBe(1_700_000_000);
      expect(state.last(ORIGIN)).toMatchObject({ size: asked.size, root: rootAt(asked.size) });
    }
  });

  it('answers 404 for a log that it does not know', () => {
    expect(ask({ old: 0, size: 1, origin: 'log.example/two' }).status).toBe(404);
  });

  it('answers 403 where none of the log’s keys has signed, or a signature of one fails', () => {
    const otherFile = join(folder, `other-${run}.key`);
    makeKeyFile(otherFile, ORIGIN, 1);
    const other = readKeyFile(otherFile, 1);
    expect(ask({ old: 0, size: 1, sign: (text) => other.line(text, 0) }).status).toBe(403);
    expect(ask({ old: 0, size: 1, sign: () => '' }).status).toBe(403);
    expect(ask({ old: 0, size: 1, sign: (text) => logKey.line(`${text}x`, 0) }).status).toBe(403);
    expect(state.last(ORIGIN)).toBeNull();
  });

  it('passes over signatures of keys that it does not know', () => {
    const sign = (text: string) => witnessKey.line(text, 1) + logKey.line(text, 0);
    expect(ask({ old: 0, size: 1, sign }).status).toBe(200);
  });

  it('answers 400 for an old size above the checkpoint’s, and for what is no request', () => {
    ask({ old: 0, size: 5 });
    expect(ask({ old: 6, size: 5 }).status).toBe(400);
    const good = request({ old: 0, size: 1 });
    for (const bad of [
      '',
      'old 0\n',
      good.replace('old 0', 'old 00'),
      good.replace('old 0\n', 'old 0\nAA==\n'),
      good.slice(0, -1),
    ])
      expect(judgeRequest(bad, desk).status).toBe(400);
    expect(ask({ old: 0, size: 1, proof: [leaf(0)] }).status).toBe(400);
  });

  it('answers 409 with the size that it has, where old is another', () => {
    expect(ask({ old: 3, size: 5 })).toEqual({
      status: 409,
      contentType: 'text/x.tlog.size',
      body: '0\n',
    });
    ask({ old: 0, size: 5 });
    for (const asked of [
      { old: 0, size: 9 },
      { old: 3, size: 9 },
      { old: 3, size: 4 },
      { old: 6, size: 9 },
    ])
      expect(ask(asked)).toEqual({ status: 409, contentType: 'text/x.tlog.size', body: '5\n' });
    expect(state.last(ORIGIN)?.size).toBe(5);
  });

  it('answers 409 where it has signed another root of this size', () => {
    ask({ old: 0, size: 5 });
    expect(ask({ old: 5, size: 5, root: rootAt(5, 7) }).status).toBe(409);
    expect(state.last(ORIGIN)?.root).toEqual(rootAt(5));
  });

  it('answers 422 where the proof does not show growth, whatever was wrong', () => {
    ask({ old: 0, size: 5 });
    const good = proof(5, 9);
    const bad = [
      [],
      good.slice(1),
      [...good, leaf(0)],
      [...good].reverse(),
      good.map((hash) => hash.with(0, 255)),
    ];
    for (const hashes of bad) expect(ask({ old: 5, size: 9, proof: hashes }).status).toBe(422);
    expect(ask({ old: 5, size: 9, root: rootAt(9, 7) }).status).toBe(422);
    expect(ask({ old: 5, size: 5, proof: [leaf(0)] }).status).toBe(422);
    expect(state.last(ORIGIN)?.size).toBe(5);
  });

  it('takes the empty tree with its one root only', () => {
    expect(ask({ old: 0, size: 0, root: rootAt(1) }).status).toBe(422);
    expect(ask({ old: 0, size: 0, root: EMPTY_ROOT }).status).toBe(200);
    expect(ask({ old: 0, size: 4 }).status).toBe(200);
  });

  it('stores nothing and answers nothing where signing fails', () => {
    const failing = {
      ...desk,
      sign: () => {
        throw new Error('no key');
      },
    };
    expect(() => judgeRequest(request({ old: 0, size: 5 }), failing)).toThrow('no key');
    expect(state.last(ORIGIN)).toBeNull();
  });

  it('as a log’s own signer takes the text without signatures', () => {
    const signer: DeskOptions = {
      logs: new Map([[ORIGIN, 'unsigned']]),
      state,
      sign: (text) => logKey.line(text, 0),
    };
    const { status, body } = judgeRequest(request({ old: 0, size: 5, sign: () => '' }), signer);
    expect(status).toBe(200);
    const text = formatCheckpoint({ origin: ORIGIN, size: 5, root: rootAt(5), extensions: [] });
    expect(
      verifyNote(parseNote(`${text}\n${body}`), [parseVerifierKey(logVkey)], verifyEd25519),
    ).toHaveLength(1);
  });
});

describe('a state folder', () => {
  it('remembers after a restart', () => {
    ask({ old: 0, size: 5 });
    state.release();
    const again = new StateFolder(join(folder, `state-${run}`));
    expect(again.last(ORIGIN)).toEqual({ origin: ORIGIN, size: 5, root: rootAt(5) });
  });

  /** A lock as this machine's process `pid` would have written it, with what differs. */
  function writeLock(path: string, pid: number, differing: object = {}): void {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const token = 'f'.repeat(32);
    const lock = { host: hostname(), boot, pid, start: readStart(String(pid)), token };
    writeFileSync(join(path, 'lock'), JSON.stringify({ ...lock, ...differing }));
  }

  it('belongs to one process, and to the next once that one is gone', () => {
    const path = join(folder, `state-${run}`);
    expect(() => new StateFolder(path)).toThrow(/another process uses it/);
    writeLock(path, process.ppid);
    expect(() => new StateFolder(path)).toThrow(/another process uses it/);
    for (const gone of [{ start: '1' }, { boot: 'an earlier one' }]) {
      writeLock(path, process.ppid, gone);
      expect(() => new StateFolder(path)).not.toThrow();
    }
  });

  it('is not taken from another host, whatever its process numbers are, and says how it can be', () => {
    const path = join(folder, `state-${run}`);
    writeLock(path, process.pid, { host: 'other-container' });
    expect(() => new StateFolder(path)).toThrow(/on host other-container .* remove .*lock/);
  });

  it('is taken where the lock is empty or names nobody', () => {
    const path = join(folder, `state-${run}`);
    for (const text of ['', '1 2\n', '{"host":', '{}']) {
      writeFileSync(join(path, 'lock'), text);
      expect(() => new StateFolder(path)).not.toThrow();
    }
  });

  it('lost to another holder lets nothing be signed, and leaves that one’s lock', () => {
    const path = join(folder, `state-${run}`);
    ask({ old: 0, size: 5 });
    // As seen from a container with the same number: that process is gone.
    writeLock(path, process.pid);
    const second = new StateFolder(path);
    expect(judgeRequest(request({ old: 5, size: 9 }), { ...desk, state: second }).status).toBe(200);
    expect(() => ask({ old: 5, size: 9, root: rootAt(9, 7) })).toThrow(
      /another process has taken it/,
    );
    expect(() => state.store({ origin: ORIGIN, size: 9, root: rootAt(9, 7) })).toThrow(
      /another process has taken it/,
    );
    state.release();
    expect(second.last(ORIGIN)).toMatchObject({ size: 9, root: rootAt(9) });
    expect(readdirSync(path).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('is judged by what lies on disk, not by what was read before', () => {
    const path = join(folder, `state-${run}`);
    ask({ old: 0, size: 5 });
    const [file] = readdirSync(path).filter((name) => name.endsWith('.json'));
    const stored = readFileSync(join(path, file!), 'utf8');
    ask({ old: 5, size: 9 });
    writeFileSync(join(path, file!), stored);
    expect(state.last(ORIGIN)?.size).toBe(5);
  });

  it('drops what an earlier holder had not put in place', () => {
    const path = join(folder, `state-${run}`);
    state.release();
    writeFileSync(join(path, 'abc.json.0123.new'), 'x');
    expect(new StateFolder(path).last(ORIGIN)).toBeNull();
    expect(readdirSync(path)).toEqual(['lock']);
  });

  it('refuses a damaged file instead of beginning anew', () => {
    ask({ old: 0, size: 5 });
    const path = join(folder, `state-${run}`);
    const [file] = readdirSync(path).filter((name) => name.endsWith('.json'));
    writeFileSync(join(path, file!), '{"origin":"log.example/one"');
    state.release();
    expect(() => new StateFolder(path).last(ORIGIN)).toThrow(/is damaged/);
  });
});

function readStart(pid: string): string {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

describe('a key file', () => {
  it('is written once, for its owner only, and refused where others may read it', () => {
    const file = join(folder, 'once.key');
    makeKeyFile(file, 'once.example', 1);
    expect(() => makeKeyFile(file, 'once.example', 1)).toThrow(/exists already/);
    expect(readKeyFile(file, 1).name).toBe('once.example');
    chmodSync(file, 0o640);
    expect(() => readKeyFile(file, 1)).toThrow(/chmod 600/);
  });

  it('is refused for another use, and where it is damaged', () => {
    expect(() => readKeyFile(join(folder, 'log.key'), 4)).toThrow(/type 1, not 4/);
    const file = join(folder, 'bad.key');
    writeFileSync(file, 'PRIVATE+KEY+x+00000000+AQEB\n', { mode: 0o600 });
    expect(() => readKeyFile(file, 1)).toThrow(/holds no key/);
    writeFileSync(file, `PRIVATE+KEY+x+00000000+${Buffer.alloc(33, 1).toString('base64')}\n`);
    expect(() => readKeyFile(file, 1)).toThrow(/is damaged/);
    expect(() => readKeyFile(join(folder, 'none.key'), 1)).toThrow(/cannot be read \(ENOENT\)/);
  });
});
