import { Environment } from '@marcbachmann/cel-js';
import { registerFunctions } from '#core/rule/functions.js';
import { declareTypes, type FieldTypes, typeOfAnchor } from '#core/rule/predicate-types.js';
import { nearestName } from './nearest-name.js';

interface Named {
  readonly variables: readonly string[];
  readonly functions: readonly { readonly name: string; readonly signature: string }[];
}

/** What to do about a problem of a predicate or an event type: the name that was probably meant, or the signature. '' where nothing helps. */
export function hintFor(reason: string, vocabulary: ReadonlyMap<string, FieldTypes>): string {
  const type = /unknown event type '([^']+)'/.exec(reason)?.[1];
  if (type !== undefined)
    return suggestion(type, vocabulary.keys()) || '; the types are listed in docs/events.md';
  const variable = /Unknown variable: (\w+)/.exec(reason)?.[1];
  if (variable !== undefined) {
    const { variables } = named(vocabulary);
    return suggestion(variable, variables) || `; a predicate may name ${variables.join(', ')}`;
  }
  const field = /No such key: (\w+)/.exec(reason)?.[1];
  if (field !== undefined)
    return (
      suggestion(field, fieldsOf(vocabulary)) ||
      '; fields of each event type are listed in docs/events.md, a field must exist in all types of the window'
    );
  if (reason.includes('Unexpected token: EOF')) return '; it breaks off before its end';
  if (/no such overload: (string == \w+|\w+ == string)/.test(reason))
    return '; texts, dates and codes are compared with texts in quotes';
  const call = /overload for '(\w+)\(/.exec(reason)?.[1];
  if (call === undefined) return '';
  const { functions } = named(vocabulary);
  const own = functions.filter(({ name }) => name === call).map(({ signature }) => signature);
  if (own.length > 0) return `; there is ${own.join(' and ')}`;
  const names = functions.map(({ name }) => name);
  return suggestion(call, names) || '; the functions are listed in docs/rules.md';
}

function suggestion(misspelt: string, known: Iterable<string>): string {
  const nearest = nearestName(misspelt, known);
  return nearest === null ? '' : `; did you mean '${nearest}'?`;
}

function named(vocabulary: ReadonlyMap<string, FieldTypes>): Named {
  const environment = registerFunctions(new Environment({ homogeneousAggregateLiterals: false }));
  const none = typeOfAnchor(vocabulary, []);
  declareTypes(environment, vocabulary, { event: none, end: none });
  const { variables, functions } = environment.getDefinitions();
  return {
    variables: variables.map(({ name }) => name).filter((name) => /^[a-z]/.test(name)),
    functions: functions.map(({ name, signature }) => ({ name, signature })),
  };
}

function* fieldsOf(vocabulary: ReadonlyMap<string, FieldTypes>): Iterable<string> {
  yield* Object.keys(typeOfAnchor(vocabulary, []));
  for (const [type, fields] of vocabulary) {
    yield* Object.keys(fields);
    yield type
      .slice(type.indexOf('.') + 1)
      .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }
}
