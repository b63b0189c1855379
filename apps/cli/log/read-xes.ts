import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { InputError } from './input-error.js';
import type { AttributeValue, ColumnScope, LogGroup, LogRow } from './log-row.js';
import { MAX_ROW_CHARS, type ReadRequest } from './log-settings.js';
import { xesValueOf } from './xes-value.js';

const ATTRIBUTE_ELEMENTS = new Set([
  'string',
  'date',
  'int',
  'float',
  'boolean',
  'id',
  'list',
  'container',
]);
/** Declarations about the log, not facts of a case: extension, global defaults, classifiers. */
const SKIPPED_ELEMENTS = new Set(['extension', 'global', 'classifier']);

interface OpenAttribute {
  /** Keys from the outermost attribute, joined by '/'. */
  readonly path: string;
  /** Values of a list, gathered until it closes; null for other attributes. */
  readonly items: AttributeValue[] | null;
}

/**
 * Reads an XES log (IEEE 1849) as a stream; memory holds one trace. A nested attribute is named
 * `parent/child`; a list is one attribute whose value is the list of its items. Extensions, globals,
 * classifiers and attributes of the log itself are skipped. Events outside any trace are groups of their own.
 * Throws InputError with line and column where the XML or a value is broken.
 */
export async function* readXes(
  text: AsyncIterable<string>,
  request: ReadRequest,
): AsyncIterable<readonly LogGroup[]> {
  const assembly = new XesAssembly(request);
  for await (const block of text) {
    assembly.write(block);
    const groups = assembly.take();
    if (groups.length > 0) yield groups;
  }
  assembly.close();
  const groups = assembly.take();
  if (groups.length > 0) yield groups;
}

class XesAssembly {
  private readonly parser = new SaxesParser({ position: true, xmlns: false });
  private readonly request: ReadRequest;
  private groups: LogGroup[] = [];
  private groupCount = 0;
  private depth = 0;
  private skipBelow: number | null = null;
  private trace: { line: number; attributes: Map<string, AttributeValue>; rows: LogRow[] } | null =
    null;
  private event: { line: number; attributes: Map<string, AttributeValue> } | null = null;
  private readonly open: (OpenAttribute | null)[] = [];

  constructor(request: ReadRequest) {
    this.request = request;
    this.parser.on('opentag', (tag) => this.openTag(tag));
    this.parser.on('closetag', (tag) => this.closeTag(tag));
    this.parser.on('error', (error) => {
      // saxes puts line:column in front of its message; they stand in our own prefix already.
      const problem = error.message.replace(/^\d+:\d+:\s*/, '').replace(/\.$/, '');
      throw this.fault(`not well-formed XML: ${problem}`, 'Correct or re-export the log');
    });
  }

  write(block: string): void {
    this.parser.write(block);
  }

  close(): void {
    this.parser.close();
  }

  take(): LogGroup[] {
    const groups = this.groups;
    this.groups = [];
    return groups;
  }

  private fault(problem: string, advice: string): InputError {
    const { line, columnIndex } = this.parser;
    return new InputError(
      { file: this.request.file, line, column: columnIndex + 1 },
      problem,
      advice,
    );
  }

  private openTag(tag: SaxesTagPlain): void {
    this.depth += 1;
    if (this.skipBelow !== null) return;
    const element = localName(tag.name);
    if (this.depth === 1) {
      if (element !== 'log') {
        throw this.fault(
          `is not an XES log: its outermost element is <${tag.name}>`,
          'Name an XES file, or set --format to what the file is',
        );
      }
    } else if (SKIPPED_ELEMENTS.has(element)) this.skipBelow = this.depth;
    else if (element === 'trace') {
      this.trace = { line: this.parser.line, attributes: new Map(), rows: [] };
    } else if (element === 'event') {
      this.event = { line: this.parser.line, attributes: new Map() };
    } else if (ATTRIBUTE_ELEMENTS.has(element)) this.openAttribute(element, tag.attributes);
  }

  private closeTag(tag: SaxesTagPlain): void {
    const depth = this.depth;
    this.depth -= 1;
    if (this.skipBelow !== null) {
      if (depth === this.skipBelow) this.skipBelow = null;
      return;
    }
    const element = localName(tag.name);
    if (element === 'event') this.closeEvent();
    else if (element === 'trace') this.closeTrace();
    else if (ATTRIBUTE_ELEMENTS.has(element)) this.closeAttribute();
  }

  private closeEvent(): void {
    const { event, trace } = this;
    if (event === null) return;
    this.event = null;
    if (trace !== null) {
      trace.rows.push({ position: trace.rows.length + 1, ...event });
      return;
    }
    this.groupCount += 1;
    const row: LogRow = { position: 1, ...event };
    this.groups.push({
      kind: 'row',
      position: this.groupCount,
      line: event.line,
      attributes: new Map(),
      rows: [row],
    });
  }

  private closeTrace(): void {
    if (this.trace === null) return;
    this.groupCount += 1;
    this.groups.push({ kind: 'trace', position: this.groupCount, ...this.trace });
    this.trace = null;
  }

  private openAttribute(element: string, attributes: Readonly<Record<string, string>>): void {
    const key = attributes.key ?? null;
    const parent = this.open.at(-1) ?? null;
    if (this.trace === null && this.event === null) {
      this.open.push(null);
      return;
    }
    if (key === null && !parent?.items) {
      throw this.fault(`<${element}> has no key`, 'Correct or re-export the log');
    }
    const path = parent === null ? (key ?? '') : `${parent.path}/${key ?? ''}`;
    const items = element === 'list' ? [] : null;
    this.open.push({ path, items });
    if (items !== null || element === 'container') return;
    const raw = attributes.value ?? null;
    if (raw === null) {
      throw this.fault(`<${element} key="${key ?? ''}"> has no value`, 'Correct the log');
    }
    const value = this.valueOf(element, path, raw);
    if (value === null) return;
    if (parent?.items) parent.items.push(value);
    else this.set(path, value);
  }

  private closeAttribute(): void {
    const closed = this.open.pop();
    if (!closed?.items) return;
    const parent = this.open.at(-1) ?? null;
    if (parent?.items) parent.items.push(closed.items);
    else this.set(closed.path, closed.items);
  }

  private set(path: string, value: AttributeValue): void {
    const scope: ColumnScope = this.event === null ? 'trace' : 'row';
    this.request.seen.add(scope, path);
    const { wanted } = this.request;
    if (wanted !== null && !wanted[scope].has(path)) return;
    (this.event ?? this.trace)?.attributes.set(path, value);
  }

  private valueOf(element: string, path: string, raw: string): AttributeValue | null {
    if (this.request.settings.absent.includes(raw)) {
      // Known as a column although this value is absent.
      this.request.seen.add(this.event === null ? 'trace' : 'row', path);
      return null;
    }
    if (raw.length > MAX_ROW_CHARS) {
      throw this.fault(`the value of '${path}' is ${raw.length} characters long`, 'Shorten it');
    }
    const read = xesValueOf(element, raw);
    if ('value' in read) return read.value;
    throw this.fault(`'${path}' is '${raw}', not ${read.expected}`, 'Correct the value in the log');
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
