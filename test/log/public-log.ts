import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import type { Event } from '#core/event/event.js';
import { mapLog } from '../../apps/cli/log/map-log.js';
import { type MappedEvent, toEvent } from '../../apps/cli/log/mapped-event.js';
import { loadMapping } from '../../apps/cli/log/mapping.js';

const ROOT = join(import.meta.dirname, '../..');
/** Other people's data: beside the project, or where MINGCHA_DATA says. */
export const DATA = process.env.MINGCHA_DATA ?? join(ROOT, '../shared/data');

/** Skips loudly where the data is not there; where CI=true its absence is a failure. */
export const describeWithData = (name: string, body: () => void): void => {
  if (existsSync(DATA) || process.env.CI === 'true') {
    describe(name, body);
    return;
  }
  console.warn(`SKIPPED "${name}": no public logs in ${DATA}; set MINGCHA_DATA to their folder`);
  describe.skip(name, body);
};

export const mappingPath = (name: string): string => join(ROOT, 'mappings', `${name}.yaml`);

/** Events of a public log by case, in the order of the log. */
export async function casesOfLog(log: string, mapping: string): Promise<Map<string, Event[]>> {
  const cases = new Map<string, Event[]>();
  for await (const mapped of mapLog(join(DATA, log), await loadMapping(mappingPath(mapping)))) {
    const event = toEvent(mapped);
    const events = cases.get(event.caseId);
    if (events) events.push(event);
    else cases.set(event.caseId, [event]);
  }
  return cases;
}

/** All events of a log, mapped by a mapping given as text. */
export async function gather(events: AsyncIterable<MappedEvent>): Promise<MappedEvent[]> {
  const all: MappedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
