import { type CelResult, compileCel } from './cel-expression.js';
import { type RowView, readColumnName, valueIn } from './column-use.js';
import { type CompileContext, RowFault, useColumn } from './compile-context.js';
import { listNames } from './input-error.js';
import { LocalTime } from './local-time.js';
import type { AttributeValue, ColumnScope } from './log-row.js';
import type { MappingPath } from './mapping-file.js';
import type { FieldKind, ValueObject, ValueSource } from './mapping-source.js';
import { type TimeReader, type TimeSettings, timeReaderOf } from './time-format.js';

/** A value of the mapping, ready to be taken from a row; conversion to a kind is a step of its own. */
export interface CompiledValue {
  readonly path: MappingPath;
  /** False: the same for every row. */
  readonly varies: boolean;
  /** Kind that the mapping gives it itself, or null. */
  readonly kind: FieldKind | null;
  readonly reader: TimeReader;
  readonly time: TimeSettings;
  evaluate(view: RowView): CelResult;
}

type Raw = Pick<CompiledValue, 'varies' | 'evaluate'>;

/** Compiles a value of the mapping. Throws InputError at its place where it cannot be read. */
export function compileValue(
  source: ValueSource,
  path: MappingPath,
  context: CompileContext,
): CompiledValue {
  const plain = { path, kind: null, reader: isoReader(), time: context.time };
  if (typeof source === 'string') return { ...plain, ...template(source, path, context) };
  if (typeof source !== 'object' || source === null) return { ...plain, ...constant(source) };
  const raw = mapped(source, path, formOf(source, path, context));
  const kind = source.kind ?? null;
  return {
    path,
    kind,
    reader: readerOf(source, path, context),
    time: timeOf(source, path, context),
    ...raw,
  };
}

function isoReader(): TimeReader {
  const reader = timeReaderOf('iso');
  if (typeof reader === 'string') throw new Error(reader);
  return reader;
}

function constant(value: AttributeValue | null): Raw {
  return { varies: false, evaluate: () => value };
}

const FORMS = ['column', 'text', 'cel', 'const', 'object', 'list'] as const;

function formOf(source: ValueObject, path: MappingPath, context: CompileContext): Raw {
  const given = FORMS.filter((form) => form in source);
  if (given.length !== 1) {
    throw context.file.fault(
      path,
      `a value needs exactly one of ${listNames(FORMS)}; given: ${listNames(given)}`,
      'Keep one of them',
    );
  }
  if (source.column !== undefined) return column(source.column, [...path, 'column'], context);
  if (source.text !== undefined) return template(source.text, [...path, 'text'], context);
  if (source.cel !== undefined) {
    const { evaluate } = compileCel(source.cel, [...path, 'cel'], context);
    return { varies: true, evaluate };
  }
  if (source.object !== undefined) return objectOf(source.object, [...path, 'object'], context);
  if (source.list !== undefined) return listOf(source.list, [...path, 'list'], context);
  return constant(source.const ?? null);
}

function column(text: string, path: MappingPath, context: CompileContext): Raw {
  const found = readColumnName(text);
  if (found === null) {
    throw context.file.fault(
      path,
      `'${text}' does not say where the column is`,
      `Write row.${text} for a column of the row, or trace.${text} for an attribute of the trace`,
    );
  }
  useColumn(context, path, found);
  const { scope, name } = found;
  return { varies: true, evaluate: (view) => valueIn(view, scope, name) };
}

type Piece = string | { readonly scope: ColumnScope; readonly name: string };

function template(text: string, path: MappingPath, context: CompileContext): Raw {
  const pieces = piecesOf(text, path, context);
  const [first] = pieces;
  if (pieces.length === 0) return constant(text);
  if (pieces.length === 1 && first !== undefined) {
    if (typeof first === 'string') return constant(first);
    const { scope, name } = first;
    return { varies: true, evaluate: (view) => valueIn(view, scope, name) };
  }
  return {
    varies: true,
    evaluate(view) {
      let result = '';
      for (const piece of pieces) {
        const value = typeof piece === 'string' ? piece : valueIn(view, piece.scope, piece.name);
        if (value === null) return null;
        result += String(value);
      }
      return result;
    },
  };
}

/** Texts and placeholders in turn; `{{` and `}}` are literal braces. */
function piecesOf(text: string, path: MappingPath, context: CompileContext): Piece[] {
  const pieces: Piece[] = [];
  let literal = '';
  const pattern = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
  for (const [token, inside] of text.matchAll(pattern)) {
    if (token === '{{' || token === '}}') literal += token[0];
    else if (inside !== undefined) {
      const found = readColumnName(inside.trim());
      if (found === null) {
        throw context.file.fault(
          path,
          `'{${inside}}' names no column`,
          'Write {row.NAME} or {trace.NAME}; write {{ for a brace itself',
        );
      }
      useColumn(context, path, found);
      if (literal !== '') pieces.push(literal);
      literal = '';
      pieces.push(found);
    } else if (token === '{' || token === '}') {
      throw context.file.fault(path, `'${text}' has a single brace`, 'Write {{ or }} for it');
    } else literal += token;
  }
  if (literal !== '') pieces.push(literal);
  return pieces;
}

function objectOf(
  source: Readonly<Record<string, ValueSource>>,
  path: MappingPath,
  context: CompileContext,
): Raw {
  const members = Object.entries(source).map(
    ([name, member]) => [name, compileValue(member, [...path, name], context)] as const,
  );
  return {
    varies: members.some(([, member]) => member.varies),
    evaluate: (view) =>
      Object.fromEntries(
        members.flatMap(([name, member]) => {
          const value = plainOf(member, member.evaluate(view));
          return value === null ? [] : [[name, value]];
        }),
      ),
  };
}

function listOf(source: readonly ValueSource[], path: MappingPath, context: CompileContext): Raw {
  const items = source.map((item, index) => compileValue(item, [...path, index], context));
  return {
    varies: items.some((item) => item.varies),
    evaluate: (view) =>
      items.map((item) => plainOf(item, item.evaluate(view))).filter((item) => item !== null),
  };
}

function plainOf(value: CompiledValue, result: CelResult): AttributeValue | null {
  return result instanceof Date ? value.time.local.textOf(result.getTime()) : result;
}

function mapped(source: ValueObject, path: MappingPath, raw: Raw): Raw {
  const fallback = source.default ?? null;
  const hasDefault = 'default' in source;
  if (source.map === undefined) {
    if (!hasDefault) return raw;
    return { ...raw, evaluate: (view) => raw.evaluate(view) ?? fallback };
  }
  const codes = new Map(Object.entries(source.map));
  return {
    ...raw,
    evaluate(view) {
      const value = raw.evaluate(view);
      if (value === null) return fallback;
      const code = String(value);
      const found = codes.get(code);
      if (found !== undefined) return found;
      if (hasDefault) return fallback;
      throw new RowFault(
        [...path, 'map'],
        `'${code}' is not in the map`,
        `Add it, or a default; the map has: ${listNames(codes.keys())}`,
      );
    },
  };
}

function readerOf(source: ValueObject, path: MappingPath, context: CompileContext): TimeReader {
  const reader = timeReaderOf(source.format ?? 'iso');
  if (typeof reader !== 'string') return reader;
  throw context.file.fault(
    [...path, 'format'],
    reader,
    "Use iso, epoch-seconds, epoch-millis, or a pattern such as yyyy-MM-dd HH:mm:ss, with fixed texts in 'quotes'",
  );
}

function timeOf(source: ValueObject, path: MappingPath, context: CompileContext): TimeSettings {
  if (source.zone === undefined) return context.time;
  try {
    return { local: new LocalTime(source.zone), ambiguous: context.time.ambiguous };
  } catch {
    throw context.file.fault(
      [...path, 'zone'],
      `unknown time zone '${source.zone}'`,
      'Use an IANA name such as Asia/Shanghai',
    );
  }
}
