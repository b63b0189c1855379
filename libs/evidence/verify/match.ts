import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { REDACTED } from './format.js';
import { Inspection, type Machinery } from './inspection.js';
import { BUNDLE_EXIT, Report, type Verification } from './outcome.js';
import { type BundleRequest, REQUEST, REQUEST_FILE } from './request.js';
import { hex, listOf, object, text } from './shape.js';

type Files = ReadonlyMap<string, Uint8Array>;

const SALTS_FILE = 'data/redactions.json';

/** What the log says and how it is judged: the same in both editions, byte for byte. */
const SAME =
  /^data\/(records|proofs|checkpoints|consistency|entity|rules)\/|^data\/(loose|calendar\/(feeds|national))\.json$/;
/** What is the same but for hidden values. */
const HIDDEN =
  /^data\/(disclosures|events|timeline)\/.*\.json$|^data\/(gaps|clocks|calendar\/references)\.json$/;

const SALTS = listOf(object({ file: text, pointer: text, salt: hex(32), digest: hex(32) }));

export interface Matched extends Verification {
  /** Hidden values that were compared. */
  readonly values: number;
}

/**
 * Shows that a redacted edition is the full one with values hidden: same request, same records and proofs, and each hidden
 * value's salted digest is that of the value in the full edition. Both editions are to be verified by themselves as well.
 */
export function matchEditions(full: Files, redacted: Files, machinery: Machinery): Matched {
  const report = new Report();
  const one = new Inspection(full, machinery, report);
  const other = new Inspection(redacted, machinery, report);
  const requests = [one, other].map((each) => each.json(REQUEST_FILE, REQUEST));
  const [whole, hidden] = requests;
  if (!whole || !hidden) return { ...report.result(), values: 0 };
  if (whole.edition !== 'full' || hidden.edition !== 'redacted')
    report.fail(BUNDLE_EXIT.manifest, 'match.edition', null, {
      full: whole.edition,
      redacted: hidden.edition,
    });
  sameRequest(report, whole, hidden);
  const matcher = new Matcher(one, other, report);
  matcher.compare();
  matcher.scope(whole, hidden);
  return { ...report.result(), values: matcher.values };
}

function sameRequest(report: Report, one: BundleRequest, other: BundleRequest): void {
  const fields = ['origin', 'treeSize', 'indexSize', 'checkpoint', 'cases', 'alerts'] as const;
  for (const field of fields)
    if (canonicalJson(one[field] as JsonValue) !== canonicalJson(other[field] as JsonValue))
      report.fail(BUNDLE_EXIT.manifest, 'match.scope', REQUEST_FILE, { what: field });
}

class Matcher {
  values = 0;
  private readonly salts: ReadonlyMap<string, string>;

  constructor(
    private readonly full: Inspection,
    private readonly redacted: Inspection,
    private readonly report: Report,
  ) {
    const salts = full.json(SALTS_FILE, SALTS) ?? [];
    this.salts = new Map(salts.map(({ file, pointer, salt }) => [`${file}#${pointer}`, salt]));
  }

  compare(): void {
    const paths = new Set([...this.full.files.keys(), ...this.redacted.files.keys()]);
    for (const path of [...paths].sort())
      if (SAME.test(path)) this.same(path);
      else if (HIDDEN.test(path)) this.hidden(path);
  }

  /** Of the requests what they are about, of which the staff number may be hidden. */
  scope(whole: BundleRequest, hidden: BundleRequest): void {
    this.walk(REQUEST_FILE, '/scope', whole.scope as JsonValue, hidden.scope as JsonValue);
  }

  private same(path: string): void {
    const one = this.full.files.get(path);
    const other = this.redacted.files.get(path);
    const { sha256Hex } = this.full.machinery;
    if (one === undefined || other === undefined || sha256Hex(one) !== sha256Hex(other))
      this.report.fail(BUNDLE_EXIT.fileChanged, 'match.record', path);
  }

  private hidden(path: string): void {
    const one = this.full.json(path, anything);
    const other = this.redacted.json(path, anything);
    if (one !== null && other !== null) this.walk(path, '', one as JsonValue, other as JsonValue);
  }

  private walk(path: string, pointer: string, value: JsonValue, shown: JsonValue): void {
    const digest = hiddenDigest(shown);
    if (digest !== null) this.value({ path, pointer, digest }, value);
    else if (isList(value) && isList(shown) && value.length === shown.length)
      for (const [at, member] of value.entries())
        this.walk(path, `${pointer}/${at}`, member, shown[at] as JsonValue);
    else if (isObject(value) && isObject(shown) && sameNames(value, shown))
      for (const [name, member] of Object.entries(value))
        this.walk(path, `${pointer}/${escaped(name)}`, member, shown[name] as JsonValue);
    else if (canonicalJson(value) !== canonicalJson(shown))
      this.report.fail(BUNDLE_EXIT.fileChanged, 'match.else', path, { pointer });
  }

  private value(
    at: { readonly path: string; readonly pointer: string; readonly digest: string },
    value: JsonValue,
  ): void {
    const { path, pointer, digest } = at;
    const salt = this.salts.get(`${path}#${pointer}`);
    if (salt === undefined) {
      this.report.fail(BUNDLE_EXIT.fileMissing, 'match.salt', path, { pointer });
      return;
    }
    const input = Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(canonicalJson(value))]);
    if (this.full.machinery.sha256Hex(input) !== digest)
      this.report.fail(BUNDLE_EXIT.fileChanged, 'match.value', path, { pointer });
    this.values += 1;
  }
}

const anything = (value: unknown): unknown => value;

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hiddenDigest(shown: JsonValue): string | null {
  if (!isObject(shown) || Object.keys(shown).length !== 1) return null;
  const digest = shown[REDACTED];
  return typeof digest === 'string' ? digest : null;
}

function sameNames(one: object, other: object): boolean {
  return Object.keys(one).sort().join('\n') === Object.keys(other).sort().join('\n');
}

/** RFC 6901. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
