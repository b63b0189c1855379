import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Schema {
  [key: string]: unknown;
}

const document = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../libs/contract/openapi.json'), 'utf8'),
) as {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Schema }> }>>;
  components: { schemas: Record<string, Schema> };
};

/** OpenAPI 3.0 nullable as JSON Schema; objects take nothing that is not written down. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Schema & { nullable?: boolean };
  const made = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, strict(one)]));
  if (made.type === 'object' && 'properties' in made && !('additionalProperties' in made))
    made.additionalProperties = false;
  if (nullable !== true) return made;
  return { anyOf: [made, { type: 'null' }] };
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'api', components: strict(document.components) });
const compiled = new Map<string, ValidateFunction>();

/** What in the body breaks the OpenAPI document's schema for that answer; empty: nothing. */
export function breaches(method: string, path: string, answer: { status: number; body: unknown }) {
  const key = `${method} ${path} ${answer.status}`;
  let validate = compiled.get(key);
  if (validate === undefined) {
    const content = document.paths[path]?.[method]?.responses[String(answer.status)]?.content;
    const media = Object.values(content ?? {})[0] as { schema?: Schema } | undefined;
    if (media?.schema === undefined) return [`${key} is not in the OpenAPI document`];
    const schema = JSON.parse(
      JSON.stringify(strict(media.schema)).replaceAll('"#/', '"api#/'),
    ) as Schema;
    validate = ajv.compile(schema);
    compiled.set(key, validate);
  }
  validate(answer.body);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
