import { Environment } from '@marcbachmann/cel-js';
import { type RowView, readColumnName, valueIn } from './column-use.js';
import { type CompileContext, RowFault, useColumn } from './compile-context.js';
import { errorText } from './input-error.js';
import type { AttributeValue, ColumnScope } from './log-row.js';
import type { MappingPath } from './mapping-file.js';
import { type TimeSettings, timeReaderOf } from './time-format.js';

/** Results of an expression; instants are Date. */
export type CelResult = AttributeValue | Date | null;

export interface CelExpression {
  /** Type that the checker found: `dyn` where it depends on the log. */
  readonly type: string;
  evaluate(view: RowView): CelResult;
}

interface Column {
  readonly scope: ColumnScope;
  readonly name: string;
}

/**
 * Compiles a CEL expression over the maps `row` and `trace`. Columns are named by a constant (`row.closed`,
 * `row["org:group"]`), so that a column that is not there is found; an absent value is null. Functions beside
 * those of CEL: `time(text)` (instant, read in the mapping's zone), `time(text, format)`, `localDate(text)`.
 * Throws InputError at the expression's place in the mapping where it does not parse or type-check.
 */
export function compileCel(
  text: string,
  path: MappingPath,
  context: CompileContext,
): CelExpression {
  const { expression, type } = checked(text, path, context);
  const columns = columnsOf(expression.ast, path, context);
  for (const column of columns) useColumn(context, path, column);
  const row = new Map<string, AttributeValue | null>();
  const trace = new Map<string, AttributeValue | null>();
  const maps = { row, trace };
  return {
    type,
    evaluate(view) {
      for (const { scope, name } of columns) maps[scope].set(name, valueIn(view, scope, name));
      try {
        return resultOf(expression(maps));
      } catch (error) {
        throw new RowFault(
          path,
          `'${text}' cannot be evaluated: ${firstLine(errorText(error))}`,
          'An absent value is null: guard it with != null && …, and convert texts with int(), double() or time()',
        );
      }
    },
  };
}

function checked(text: string, path: MappingPath, context: CompileContext) {
  const advice = 'See "Conditions and expressions" in docs/importing.md';
  try {
    const expression = environmentFor(context.time).parse(text);
    const check = expression.check();
    if (!check.valid) {
      throw context.file.fault(
        path,
        `'${text}' is not valid: ${firstLine(errorText(check.error))}`,
        advice,
      );
    }
    return { expression, type: String(check.type) };
  } catch (error) {
    if (error instanceof Error && error.name === 'InputError') throw error;
    throw context.file.fault(path, `'${text}' is not CEL: ${firstLine(errorText(error))}`, advice);
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/\.$/, '') ?? text;
}

const environments = new Map<string, Environment>();

function environmentFor(settings: TimeSettings): Environment {
  const key = `${settings.local.zoneName} ${settings.ambiguous}`;
  const known = environments.get(key);
  if (known !== undefined) return known;
  const instant = (value: unknown, format: unknown): Date => {
    const reader = timeReaderOf(String(format));
    if (typeof reader === 'string') throw new Error(reader);
    const parsed = reader(String(value), settings);
    if (typeof parsed === 'string') throw new Error(parsed);
    return new Date(parsed.at);
  };
  const environment = new Environment()
    .registerVariable('row', 'map')
    .registerVariable('trace', 'map')
    .registerFunction('time(dyn): google.protobuf.Timestamp', (value: unknown) =>
      instant(value, 'iso'),
    )
    .registerFunction(
      'time(dyn, string): google.protobuf.Timestamp',
      (value: unknown, format: unknown) => instant(value, format),
    )
    .registerFunction('localDate(dyn): string', (value: unknown) => {
      const at = value instanceof Date ? value : instant(value, 'iso');
      return settings.local.dateOf(at.getTime());
    });
  environments.set(key, environment);
  return environment;
}

interface AstNode {
  readonly op: string;
  readonly args: unknown;
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function columnsOf(ast: unknown, path: MappingPath, context: CompileContext): Column[] {
  const found: Column[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (!isNode(value)) return;
    const column = columnAt(value);
    if (column !== null) {
      found.push(column);
      return;
    }
    if (value.op === 'id' && (value.args === 'row' || value.args === 'trace')) {
      throw context.file.fault(
        path,
        `'${value.args}' must be followed by the name of a column`,
        `Write ${value.args}.name, or ${value.args}["any name"]`,
      );
    }
    if (value.op === 'call' && Array.isArray(value.args) && value.args[0] === 'has') {
      throw context.file.fault(
        path,
        'has() is not used here: an absent value is null',
        'Write row.name != null',
      );
    }
    visit(value.args);
  };
  visit(ast);
  return found;
}

function columnAt(node: AstNode): Column | null {
  if ((node.op !== '.' && node.op !== '[]') || !Array.isArray(node.args)) return null;
  const [object, key]: unknown[] = node.args;
  if (!isNode(object) || object.op !== 'id') return null;
  const name = isNode(key) && key.op === 'value' ? key.args : key;
  return typeof name === 'string' && typeof object.args === 'string'
    ? readColumnName(`${object.args}.${name}`)
    : null;
}

function resultOf(value: unknown): CelResult {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      if (value === null || value instanceof Date) return value;
      if (Array.isArray(value)) {
        return value.map((item) => resultOf(item)).filter((item) => isPlain(item));
      }
      throw new Error('the result is neither a text, a number, true or false, a time nor a list');
  }
}

function isPlain(value: CelResult): value is AttributeValue {
  return value !== null && !(value instanceof Date);
}
