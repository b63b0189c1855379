import { readFile } from 'node:fs/promises';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { errorCode, errorText, InputError, listNames } from './input-error.js';
import { MAPPING_SCHEMA } from './mapping-schema.js';
import type { MappingSource } from './mapping-source.js';

export type MappingPath = readonly (string | number)[];

const MAX_MAPPING_BYTES = 1024 * 1024;
const validate = new Ajv2020({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
}).compile<MappingSource>(MAPPING_SCHEMA);

/** A mapping file that keeps the schema, with the place of each of its parts for messages. */
export class MappingFile {
  readonly file: string;
  readonly source: MappingSource;
  private readonly document: Document;
  private readonly lines: LineCounter;

  private constructor(file: string, text: string) {
    this.file = file;
    this.lines = new LineCounter();
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    const [broken] = this.document.errors;
    if (broken !== undefined) {
      const at = this.lines.linePos(broken.pos[0]);
      throw new InputError(
        { file, line: at.line, column: at.col },
        `not YAML: ${broken.message.replace(/\.$/, '')}`,
        'Correct the mapping file',
      );
    }
    const value: unknown = this.document.toJS();
    if (!validate(value)) throw this.schemaFault(validate.errors ?? []);
    this.source = value;
  }

  /** Reads a mapping file. Throws InputError where it is missing, not YAML, or breaks the schema. */
  static async load(file: string): Promise<MappingFile> {
    return MappingFile.parse(await readMappingText(file), file);
  }

  /** The same for text at hand; `file` is the name for messages. */
  static parse(text: string, file: string): MappingFile {
    if (text.trim() === '') {
      throw new InputError(
        { file },
        'the mapping is empty',
        'Write one as docs/importing.md shows',
      );
    }
    return new MappingFile(file, text);
  }

  /** Line and column of a part of the mapping; of the nearest part around it where it does not exist. */
  placeOf(path: MappingPath): { file: string; line: number; column: number } {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = this.document.getIn(path.slice(0, length), true);
      const range = rangeOf(node);
      if (range === null) continue;
      const { line, col } = this.lines.linePos(range);
      return { file: this.file, line, column: col };
    }
    return { file: this.file, line: 1, column: 1 };
  }

  fault(path: MappingPath, problem: string, advice: string): InputError {
    return new InputError(this.placeOf(path), problem, advice);
  }

  private schemaFault(errors: readonly ErrorObject[]): InputError {
    // The deepest error says most; `if` and `anyOf` only sum up.
    const ranked = errors
      .filter((error) => error.keyword !== 'if' && error.keyword !== 'propertyNames')
      .sort((a, b) => depthOf(b) - depthOf(a));
    const error = ranked.find(({ keyword }) => keyword === 'additionalProperties') ?? ranked[0];
    if (error === undefined)
      return this.fault([], 'does not keep the schema', 'See docs/importing.md');
    const path = pathOf(error.instancePath);
    const name = path.length === 0 ? 'the mapping' : `'${path.join('.')}'`;
    return this.describe(error, path, name);
  }

  private describe(error: ErrorObject, path: MappingPath, name: string): InputError {
    const { params } = error;
    switch (error.keyword) {
      case 'additionalProperties': {
        const unknown = String(params.additionalProperty);
        const allowed: unknown = error.parentSchema?.properties;
        return this.keyFault(
          [...path, unknown],
          `unknown field '${unknown}' in ${name}`,
          typeof allowed === 'object' && allowed !== null
            ? `Allowed there: ${listNames(Object.keys(allowed))}`
            : 'See docs/importing.md for the fields',
        );
      }
      case 'required': {
        const missing = String(params.missingProperty);
        return missing === 'rows' || missing === 'traces'
          ? this.fault(
              path,
              `${name} has no rules`,
              "Add 'rows' (one rule or more per row) or 'traces'",
            )
          : this.fault(path, `${name} lacks '${missing}'`, `Add '${missing}'`);
      }
      case 'enum':
        return this.fault(
          path,
          `${name} has another value than allowed`,
          `Write one of: ${listNames((params.allowedValues as unknown[]).map(String))}`,
        );
      case 'const':
        return this.fault(path, `${name} must be ${String(params.allowedValue)}`, 'Correct it');
      case 'pattern':
        return this.keyFault(
          error.propertyName === undefined ? path : [...path, error.propertyName],
          `'${error.propertyName ?? path.at(-1)}' is not a valid name`,
          path[0] === 'types' && path.length === 1
            ? "Names of types begin with 'x.' and use lower-case letters, digits and hyphens"
            : 'Field names begin with a lower-case letter and use letters and digits only',
        );
      default:
        return this.fault(path, `${name} ${error.message ?? 'is not valid'}`, 'Correct it');
    }
  }

  /** As `fault`, placed at a key itself, not at its value. */
  private keyFault(path: MappingPath, problem: string, advice: string): InputError {
    const parent: unknown = this.document.getIn(path.slice(0, -1), true);
    const key = path.at(-1);
    if (typeof parent === 'object' && parent !== null && 'items' in parent) {
      for (const pair of parent.items as { key?: { value?: unknown } }[]) {
        const range = String(pair.key?.value) === String(key) ? rangeOf(pair.key) : null;
        if (range === null) continue;
        const { line, col } = this.lines.linePos(range);
        return new InputError({ file: this.file, line, column: col }, problem, advice);
      }
    }
    return this.fault(path, problem, advice);
  }
}

function rangeOf(node: unknown): number | null {
  if (typeof node !== 'object' || node === null || !('range' in node)) return null;
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : null;
}

function depthOf(error: ErrorObject): number {
  return error.instancePath.split('/').length;
}

function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

async function readMappingText(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > MAX_MAPPING_BYTES) {
      throw new InputError({ file }, 'is larger than 1 MB', 'Name a mapping file, not the log');
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof InputError) throw error;
    switch (errorCode(error)) {
      case 'ENOENT':
        throw new InputError({ file }, 'no such file', 'Check the path given with --mapping');
      case 'ERR_ENCODING_INVALID_ENCODED_DATA':
        throw new InputError({ file }, 'is not UTF-8', 'Save the mapping as UTF-8');
      default:
        throw new InputError({ file }, `cannot be read: ${errorText(error)}`, 'Check the path');
    }
  }
}
