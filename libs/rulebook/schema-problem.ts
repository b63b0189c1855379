import type { ErrorObject } from 'ajv/dist/2020.js';
import { nearestName } from './nearest-name.js';

/** One thing that a schema says against a value: where in it, and what to do. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

interface Params {
  readonly additionalProperty?: string;
  readonly missingProperty?: string;
  readonly allowedValues?: readonly unknown[];
  readonly limit?: number;
}

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly oneOf?: readonly { readonly required?: readonly string[] }[];
}

/**
 * Errors of ajv (made with `allErrors` and `verbose`) in the order found. Where one of several forms is needed, it is said
 * once which, instead of once for each form.
 */
export function schemaProblems(errors: readonly ErrorObject[]): SchemaProblem[] {
  const dropped = new Set<ErrorObject>();
  for (const choice of errors.filter((error) => error.keyword === 'oneOf')) {
    const parts = errors.filter((error) => error.schemaPath.startsWith(`${choice.schemaPath}/`));
    const within = isByField(choice) ? [] : parts.filter(({ keyword }) => !OF_FORM.has(keyword));
    for (const part of parts) if (!within.includes(part)) dropped.add(part);
    if (within.length > 0) dropped.add(choice);
  }
  return errors
    .filter((error) => !dropped.has(error))
    .map((error) => ({ path: pathOf(error), reason: reasonOf(error) }));
}

/** Keywords by which a value is of another form altogether. */
const OF_FORM = new Set(['type', 'const']);

/** True where each form is known by one field that it needs, as the levels of a deadline are. */
function isByField(choice: ErrorObject): boolean {
  const forms = (choice.parentSchema as Schema | undefined)?.oneOf ?? [];
  return forms.every((form) => form.required?.length === 1);
}

function pathOf(error: ErrorObject): (string | number)[] {
  const path: (string | number)[] = error.instancePath.split('/').slice(1);
  const { additionalProperty } = error.params as Params;
  return additionalProperty === undefined ? path : [...path, additionalProperty];
}

function reasonOf(error: ErrorObject): string {
  const { additionalProperty, missingProperty, allowedValues, limit } = error.params as Params;
  if (additionalProperty !== undefined) return unknownField(additionalProperty, error);
  if (missingProperty !== undefined) return `the field '${missingProperty}' is missing; add it`;
  const found = JSON.stringify(error.data);
  switch (error.keyword) {
    case 'enum':
      return `${found} is not allowed here; give one of ${allowedValues?.join(', ')}`;
    case 'oneOf':
      return oneForm(error);
    case 'minItems':
      return `the list is too short; give at least ${limit}`;
    case 'minLength':
      return 'is empty; write something';
    default:
      return `${error.message ?? 'is not valid'}, not ${found}`;
  }
}

function unknownField(name: string, error: ErrorObject): string {
  const known = Object.keys((error.parentSchema as Schema | undefined)?.properties ?? {});
  const nearest = nearestName(name, known);
  return nearest === null
    ? `unknown field; known here: ${known.join(', ')}`
    : `unknown field; did you mean '${nearest}'?`;
}

function oneForm(error: ErrorObject): string {
  const forms = (error.parentSchema as Schema | undefined)?.oneOf ?? [];
  if (isByField(error))
    return `give exactly one of ${forms.flatMap((form) => form.required ?? []).join(', ')}`;
  const field = error.instancePath.split('/').at(-1);
  if (field === 'limit')
    return 'a limit is { value: number or predicate, unit: G (working days), Z (natural days) or H (hours) }';
  if (field === 'value') return 'give a number of 0 or more, or a predicate that yields one';
  if (field === 'from') return "give 'acceptance' or a list of event types";
  return "give '*' or a list of event types";
}
