import type { JsonValue } from '#core/audit/canonical-json.js';
import type { ExportScope } from '../request/export-scope.js';
import type { Redactor } from './redact.js';

/** A scope as the record of the request and the redacted edition say it: the staff number by its salted digest. */
export function redactedScope(redactor: Redactor, scope: ExportScope): JsonValue {
  const value = scope as unknown as JsonValue;
  return scope.kind === 'officer' ? redactor.redact('data/request.json', value, '/scope') : value;
}
