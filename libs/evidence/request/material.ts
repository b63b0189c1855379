import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import type { Pool } from 'pg';
import { parse } from 'yaml';
import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import type { FeedConfig } from '#core/event/event.js';
import type { City } from '#rulebook/city.js';
import { loadRulebook } from '#rulebook/load-rules.js';

/** A rule file as it was read. */
export interface RuleFile {
  /** The name of its place, and its path there; a bundle gives it a path from this (`rulePaths`). */
  readonly file: string;
  readonly text: string;
}

/** Settings of feeds and regions, as decoding and the rules read them. */
export interface FeedSettings {
  readonly anyFeed: boolean;
  readonly feeds: readonly FeedConfig[];
  readonly regions: readonly {
    readonly regionCode: string;
    readonly pauseKindA: boolean;
    readonly refusalFiling: boolean;
  }[];
  readonly regionCodes: readonly string[];
}

/** Rules and settings as they were at an approval: kept with the request, so that it can be built again. */
export interface Material {
  readonly rules: readonly RuleFile[];
  readonly feeds: FeedSettings;
  readonly unitNames: Readonly<Record<string, string>>;
  readonly regionNames: Readonly<Record<string, string>>;
  /** Policy of the trusted keys, as the bundle's own copy shows it; a convenience, never what is trusted. */
  readonly policy: string;
}

/** Rule files by the path that they have below the configured place; the place's own name comes first. */
function ruleFiles(place: string): RuleFile[] {
  const top = basename(resolve(place));
  if (!statSync(place).isDirectory()) return [{ file: top, text: readFileSync(place, 'utf8') }];
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') || name.endsWith('.yml'))
    .sort()
    .map((name) => ({
      file: `${top}/${name.split(sep).join('/')}`,
      text: readFileSync(join(place, name), 'utf8'),
    }));
}

/** Reads the rules in force and the city's settings. Throws RulebookError where the rules are not in order. */
export function readMaterial(places: readonly string[], city: City, policy: string): Material {
  loadRulebook(places);
  const byCode = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    rules: places.flatMap(ruleFiles),
    feeds: {
      anyFeed: city.anyFeed,
      feeds: byCode(city.feeds).map(([, feed]) => feed),
      regions: byCode(city.regions).map(([regionCode, settings]) => ({ regionCode, ...settings })),
      regionCodes: [...city.regionCodes].sort(),
    },
    unitNames: Object.fromEntries(byCode(city.unitNames)),
    regionNames: Object.fromEntries(byCode(city.regionNames)),
    policy,
  };
}

/** Versions of rules that a material holds, as records name them (`OD-02@1`), in the order of its files. */
export function ruleVersionsIn({ rules }: Material): string[] {
  return rules.map(({ text }) => {
    const { id, version } = parse(text) as { readonly id: string; readonly version: number };
    return `${id}@${version}`;
  });
}

/** The text of a material as it is stored, and its digest. */
export function materialBytes(material: Material): { content: Buffer; digest: Buffer } {
  const content = Buffer.from(canonicalJson(material as unknown as JsonValue), 'utf8');
  return { content, digest: createHash('sha256').update(content).digest() };
}

export async function loadMaterial(pool: Pool, digest: string): Promise<Material> {
  const { rows } = await pool.query<{ content: Buffer }>(
    "select content from export_material where digest = decode($1, 'hex')",
    [digest],
  );
  return JSON.parse((rows[0]?.content ?? Buffer.from('null')).toString('utf8')) as Material;
}
