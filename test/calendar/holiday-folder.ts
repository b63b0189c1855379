import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Folder of the published holidays (holiday-cn, one JSON file per year), or null where it is absent: tests that need it
 * then skip with a warning. `MINGCHA_DATA` names the data folder; default ../shared/data beside the project.
 * @throws Error where it is absent and CI=true.
 */
export function holidayFolder(): string | null {
  const data = resolve(PROJECT_ROOT, process.env.MINGCHA_DATA ?? '../shared/data');
  const folder = join(data, 'holiday-cn');
  if (existsSync(join(folder, '2007.json'))) return folder;
  const problem = `NOT CHECKED against the published holidays: ${folder} is absent. Set MINGCHA_DATA to the data folder.`;
  if (process.env.CI === 'true') throw new Error(problem);
  console.warn(problem);
  return null;
}
