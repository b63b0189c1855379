import type { ExportEvent, ExportRequest, ExportState } from '#evidence/request/export-request.js';
import { listRequests, loadExportEvents, loadRequest } from '#evidence/request/load-requests.js';
import { evidenceCode } from '#evidence/texts.js';
import { type Language, localTimeText } from '#explanation/texts.js';
import { CommandError, EXIT, readOptions, wholeNumber } from '../command.js';
import { plainText } from '../quarantine/plain-text.js';
import { languageFrom, numberFrom, withDesk } from './export-desk.js';

const STATES = [
  ...(['requested', 'approved', 'refused', 'built'] as const),
  ...(['handed-over', 'recalled', 'destroyed'] as const),
] satisfies readonly ExportState[];

function listLine(request: ExportRequest, language: Language): string {
  const { requestNo, state, numbers, notice, requestedAt, requesters, approver } = request;
  return plainText(
    [
      requestNo,
      evidenceCode(language, 'export-state', state),
      [numbers.full, numbers.redacted].filter((number) => number !== null).join(' ') || '-',
      localTimeText(requestedAt),
      notice,
      `${requesters.join('+')} → ${approver ?? '-'}`,
    ].join('  '),
  );
}

/** mingcha export list: the newest first. */
export async function list(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    state: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
    lang: { type: 'string' },
  });
  const language = languageFrom(values.lang);
  const limit = wholeNumber(values.limit, 'limit', { least: 1, most: 100_000, otherwise: 100 });
  const state = STATES.find((one) => one === values.state) ?? null;
  if (values.state !== undefined && state === null)
    throw new CommandError(`--state takes ${STATES.join(', ')}, not '${values.state}'`);
  const requests = await withDesk(language, (writer) => listRequests(writer.pool, state, limit));
  for (const one of requests)
    process.stdout.write(
      `${values.json === true ? JSON.stringify(one) : listLine(one, language)}\n`,
    );
  if (requests.length === 0)
    process.stderr.write(language === 'zh' ? '没有申请\n' : 'there is no request\n');
  return EXIT.ok;
}

function eventLine({ at, kind, actor, detail }: ExportEvent, language: Language): string {
  const said = Object.entries(detail)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  return plainText(
    `${localTimeText(at)}  ${evidenceCode(language, 'export-event', kind)}  ${actor}  ${said}`,
  );
}

/** mingcha export show: the request and everything that was done with it. */
export async function show(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    { json: { type: 'boolean' }, lang: { type: 'string' } },
    1,
  );
  const language = languageFrom(values.lang);
  const no = numberFrom(positionals, 'show');
  const { request, events } = await withDesk(language, async (writer) => {
    const found = await loadRequest(writer.pool, no);
    return {
      request: found,
      events: await loadExportEvents(writer.pool, found.requestNo),
    };
  });
  if (values.json === true) process.stdout.write(`${JSON.stringify({ ...request, events })}\n`);
  else
    process.stdout.write(
      `${[listLine(request, language), ...events.map((one) => eventLine(one, language))].join('\n')}\n`,
    );
  return EXIT.ok;
}
