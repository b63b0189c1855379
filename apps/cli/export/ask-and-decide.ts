import { readFileSync } from 'node:fs';
import { ExportError } from '#evidence/request/export-error.js';
import { scopeFrom } from '#evidence/request/export-scope.js';
import { loadRequest } from '#evidence/request/load-requests.js';
import { readMaterial } from '#evidence/request/material.js';
import {
  approveExport,
  editionOf,
  personOf,
  refuseExport,
  requestExport,
} from '#evidence/request/requests.js';
import { evidenceCode } from '#evidence/texts.js';
import { PolicyError, parsePolicy } from '#evidence/verify/policy.js';
import type { Language } from '#explanation/texts.js';
import { cityOf, rulePlacesOf } from '#settings/shared-settings.js';
import { CommandError, EXIT, readOptions } from '../command.js';
import { commandSettings } from '../command-settings.js';
import { errorText } from '../log/input-error.js';
import { actorOf } from '../quarantine/decision-options.js';
import { languageFrom, numberFrom, refusal, withDesk } from './export-desk.js';

/** What was given on the command line, refused in the language asked for. */
function given<T>(language: Language, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExportError) throw refusal(error, language);
    throw error;
  }
}

/** mingcha export request: prints the number of the request. */
export async function request(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = readOptions(args, {
    ...{ case: text, alert: text, officer: text, unit: text, rule: text, level: text },
    ...{ from: text, to: text, notice: text, cause: text, purpose: text, actor: text, lang: text },
    requester: { type: 'string', multiple: true },
    edition: { type: 'string', multiple: true },
  });
  const language = languageFrom(values.lang);
  const scope = given(language, () => scopeFrom(values));
  const editions = given(language, () => (values.edition ?? ['full']).map(editionOf));
  const requestNo = await withDesk(language, (writer) =>
    requestExport(
      writer,
      {
        requesters: (values.requester ?? []) as unknown as readonly [string, string],
        notice: values.notice ?? '',
        cause: values.cause ?? '',
        purpose: values.purpose ?? '',
        scope,
        editions,
      },
      { actor: actorOf(values.actor), at: Date.now() },
    ),
  );
  process.stdout.write(`${JSON.stringify({ requestNo, scope, editions, state: 'requested' })}\n`);
  return EXIT.ok;
}

function readPolicy(file: string): string {
  let written: string;
  try {
    written = readFileSync(file, 'utf8');
    parsePolicy(written);
  } catch (error) {
    if (error instanceof PolicyError) throw new CommandError(`${file}: ${error.message}`);
    throw new CommandError(`${file}: ${errorText(error)}`, EXIT.input);
  }
  return written;
}

/** mingcha export approve: the editions get their numbers, rules and settings are kept as they are now. */
export async function approve(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    {
      actor: { type: 'string' },
      reason: { type: 'string' },
      keys: { type: 'string' },
      lang: { type: 'string' },
    },
    1,
  );
  const language = languageFrom(values.lang);
  const no = numberFrom(positionals, 'approve');
  if (values.keys === undefined)
    throw new CommandError('export approve needs --keys FILE: the policy of the trusted keys');
  const actor = given(language, () => personOf(values.actor, 'actor'));
  const policy = readPolicy(values.keys);
  const { places, city } = commandSettings(process.env, (reader) => ({
    places: rulePlacesOf(reader),
    city: cityOf(reader),
  }));
  const material = readMaterial(places, city, policy);
  const approved = await withDesk(language, async (writer) => {
    const { requestNo } = await loadRequest(writer.pool, no);
    const about = { reason: values.reason ?? '', material };
    return approveExport(writer, requestNo, about, { actor, at: Date.now() });
  });
  const { requestNo, numbers, state } = approved;
  process.stdout.write(`${JSON.stringify({ requestNo, state, numbers, approver: actor })}\n`);
  process.stderr.write(`${requestNo}: ${evidenceCode(language, 'export-state', state)}\n`);
  return EXIT.ok;
}

/** mingcha export refuse */
export async function refuse(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    { actor: { type: 'string' }, reason: { type: 'string' }, lang: { type: 'string' } },
    1,
  );
  const language = languageFrom(values.lang);
  const no = numberFrom(positionals, 'refuse');
  const actor = given(language, () => personOf(values.actor, 'actor'));
  const refused = await withDesk(language, async (writer) => {
    const { requestNo } = await loadRequest(writer.pool, no);
    return refuseExport(writer, requestNo, values.reason ?? '', { actor, at: Date.now() });
  });
  const { requestNo, state } = refused;
  process.stdout.write(`${JSON.stringify({ requestNo, state, approver: actor })}\n`);
  process.stderr.write(`${requestNo}: ${evidenceCode(language, 'export-state', state)}\n`);
  return EXIT.ok;
}
