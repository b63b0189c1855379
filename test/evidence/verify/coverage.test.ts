import { beforeAll, describe, expect, it } from '@jest/globals';
import { alertIdOf } from '#core/alert/fold-alerts.js';
import type { Verification } from '#evidence/verify/outcome.js';
import { type CityBundle, cityBundle } from './city-bundle.js';
import { edit, Forge, failures } from './forge.js';
import type { Files } from './make-bundle.js';
import { sha256Hex } from './test-log.js';

let city: CityBundle;
let forge: Forge;

beforeAll(() => {
  city = cityBundle({ seed: 7, cases: 60, about: 3 });
  forge = new Forge(city);
});

interface Leaf {
  action: string;
  object: string;
  fields: { caseId: string };
}

const leafOf = (index: number): Leaf => JSON.parse(city.run.log.records[index]?.leaf ?? '{}');
const chain = (entity: string): number[] => city.run.log.chains.get(entity) ?? [];

const textOf = (files: Files, path: string): string =>
  Buffer.from(files.get(path) ?? []).toString();

/** Takes a whole chain out, from every list too. */
function withoutChain(files: Files, entity: string): void {
  files.delete(`data/entity/${sha256Hex(entity)}.json`);
  for (const index of chain(entity))
    for (const path of ['records/#.json', 'proofs/#.tlog-proof', 'disclosures/#.json'])
      files.delete(`data/${path.replace('#', String(index))}`);
  edit<{ cases: string[]; alerts: string[] }>(files, 'data/request.json', (one) => ({
    ...one,
    cases: one.cases.filter((id) => `case:${id}` !== entity),
    alerts: one.alerts.filter((id) => `alert:${id}` !== entity),
  }));
}

const absent = ({ outcomes }: Verification) =>
  outcomes.flatMap(({ key, params }) => (key === 'entity.absent' ? params.entity : []));

describe('what a bundle must hold, whatever it lists', () => {
  it('is the alert of each finding of its cases', () => {
    const [caseId] = city.caseIds;
    const raised = chain(`case:${caseId}`).find((at) => leafOf(at).action === 'finding.raised');
    const finding = leafOf(raised as number).object.slice('finding:'.length);
    const result = forge.forged((files) => withoutChain(files, `alert:${alertIdOf(finding)}`));
    expect(failures(result)).toEqual([
      { code: 15, key: 'alert.absent', place: `data/records/${raised}.json` },
    ]);
  });

  it('is the case of a scope, and the one that it was asked for', () => {
    const [asked = '', other = ''] = city.caseIds;
    const scope = { kind: 'case', caseId: asked };
    expect(forge.verify(city.again({ caseIds: [asked], scope })).exit).toBe(0);
    const result = forge.verify(city.again({ caseIds: [other], scope }));
    expect([result.exit, absent(result)]).toEqual([15, [`case:${asked}`]]);
  });

  it('is the alert of a scope with its case, without the other alerts', () => {
    const [caseId = ''] = city.caseIds;
    const alerts = [...city.run.log.chains.keys()].filter(
      (entity) =>
        entity.startsWith('alert:') && leafOf(chain(entity)[0] as number).fields.caseId === caseId,
    );
    expect(alerts.length).toBeGreaterThan(1);
    const [alert = '', ...others] = alerts;
    const scope = { kind: 'alert', alertId: alert.slice('alert:'.length) };
    const made = new Forge({ run: city.run, files: city.again({ caseIds: [caseId], scope }) });
    const alone = (files: Files) => {
      for (const entity of others) withoutChain(files, entity);
    };
    expect(made.forged(alone).exit).toBe(0);
    const without = (entity: string) =>
      absent(
        made.forged((files) => {
          alone(files);
          withoutChain(files, entity);
        }),
      );
    expect(without(alert)).toEqual([alert]);
    expect(without(`case:${caseId}`)).toEqual([`case:${caseId}`]);
  });

  it('is one record of each number, even where the log holds two', () => {
    const { log, payloads } = city.run;
    const [caseId = ''] = city.caseIds;
    const entity = [...log.chains.keys()].find(
      (one) => one.startsWith('alert:') && leafOf(chain(one)[0] as number).fields.caseId === caseId,
    ) as string;
    // The log's keeper replaces the last record by another one, and both stand in the tree.
    const last = chain(entity).pop() as number;
    const leaf = log.records[last]?.leaf ?? '';
    const { time, action, object, schema, ruleVersion, inputsDigest, fields } = JSON.parse(leaf);
    const deed = { action, object, schema, ruleVersion, inputsDigest, fields };
    const fork = log.append(entity, Date.parse(time) + 1, deed);
    const payload = payloads.get(last) as string;
    payloads.set(fork, payload);
    const files = city.again({ caseIds: [caseId] });
    const made = new Forge({ run: city.run, files });
    expect(made.verify(files).exit).toBe(0);
    const both = made.forged((of) => {
      const { treeSize: size, checkpoint } = JSON.parse(textOf(of, 'data/request.json'));
      const proof = log.inclusion(last, { size, note: textOf(of, checkpoint) });
      of.set(`data/records/${last}.json`, Buffer.from(leaf));
      of.set(`data/proofs/${last}.tlog-proof`, Buffer.from(proof));
      of.set(`data/disclosures/${last}.json`, Buffer.from(payload));
      edit<number[]>(of, 'data/loose.json', (loose) => [...loose, last]);
    });
    // Sorted as text, the longer number of the fork comes first or second.
    const [, second] = [last, fork].map((one) => `data/records/${one}.json`).sort();
    expect(failures(both)).toEqual([{ code: 15, key: 'entity.twice', place: second }]);
  });
});
