import type { Environment } from '@marcbachmann/cel-js';
import { listName } from '../case/case-view.js';

/** Own fields of an event type with their CEL types. */
export type FieldTypes = Readonly<Record<string, string>>;

const PERSON = { staffNo: 'string', name: 'string', post: 'string', unitCode: 'string' };

/** Fields that every event has, as predicates see them. */
const ENVELOPE: FieldTypes = {
  id: 'string',
  source: 'string',
  type: 'string',
  at: 'double',
  on: 'string',
  recordedAt: 'double',
  recordedOn: 'string',
  receivedAt: 'double',
  receivedOn: 'string',
  precision: 'string',
  agencyCode: 'string',
  regionCode: 'string',
  itemCode: 'string',
  itemVersion: 'string',
  operator: 'Person',
  responsible: 'Person',
  docNo: 'string',
  isTest: 'bool',
};

const SHAPES: Readonly<Record<string, FieldTypes>> = {
  Person: PERSON,
  Limit: { value: 'double', unit: 'string' },
  Party: {
    kind: 'string',
    name: 'string',
    idType: 'string',
    idNo: 'string',
    contact: 'string',
    isAgent: 'bool',
  },
  Material: {
    code: 'string',
    name: 'string',
    required: 'bool',
    form: 'string',
    status: 'string',
    dueOn: 'string',
  },
  Geo: { lon: 'double', lat: 'double', accuracyM: 'double', takenAt: 'string' },
  Doc: { id: 'string', digest: 'string' },
  Ref: { authority: 'string', subject: 'string' },
  CatalogStep: {
    stepCode: 'string',
    name: 'string',
    role: 'string',
    limit: 'Limit',
    mandatory: 'bool',
    order: 'double',
    responsiblePost: 'string',
    parallel: 'bool',
    autoApproval: 'bool',
  },
  CatalogMaterial: {
    code: 'string',
    name: 'string',
    required: 'bool',
    source: 'string',
    tolerable: 'bool',
    originalRequired: 'bool',
  },
  CatalogFee: {
    feeCode: 'string',
    standard: 'double',
    basis: 'string',
    waivers: 'list<string>',
  },
  CatalogItem: {
    known: 'bool',
    itemCode: 'string',
    itemVersion: 'string',
    name: 'string',
    kind: 'string',
    agencyCode: 'string',
    regionCode: 'string',
    statutoryLimit: 'Limit',
    promisedLimit: 'Limit',
    stopGrounds: 'list<string>',
    steps: 'list<CatalogStep>',
    materials: 'list<CatalogMaterial>',
    fees: 'list<CatalogFee>',
    hearingRequired: 'bool',
    selectionRequired: 'bool',
    inspectionRequired: 'bool',
    siteVisitRequired: 'bool',
    inspectorsMin: 'double',
    autoApproval: 'bool',
    approverPosts: 'list<string>',
    channels: 'list<string>',
    tags: 'list<string>',
  },
  ClockFact: { known: 'bool', day0: 'string', lastOn: 'string', total: 'double' },
  AcceptanceFact: { known: 'bool', on: 'string', deemed: 'bool', at: 'double' },
  ClosingFact: { known: 'bool', type: 'string', on: 'string', at: 'double' },
  RegionSettings: { pauseKindA: 'bool', refusalFiling: 'bool' },
  PauseFact: {
    pauseNo: 'string',
    kind: 'string',
    ground: 'string',
    startOn: 'string',
    endOn: 'string',
    ended: 'bool',
    at: 'double',
    limitValue: 'double',
    groundLawful: 'bool',
    approved: 'bool',
    noticed: 'bool',
    backDated: 'bool',
    recordedLate: 'bool',
    coversOverrun: 'bool',
    stopsPromised: 'bool',
    stopsStatutory: 'bool',
    stoppedDays: 'double',
    lastedDays: 'double',
    resultText: 'string',
  },
  ExtensionFact: {
    second: 'bool',
    overCap: 'bool',
    wrongRank: 'bool',
    untold: 'bool',
    late: 'bool',
    extendsPromised: 'bool',
    extendsStatutory: 'bool',
  },
};

const VARIABLES: Readonly<Record<string, string>> = {
  item: 'CatalogItem',
  limitItem: 'CatalogItem',
  region: 'RegionSettings',
  filedOn: 'string',
  acceptance: 'AcceptanceFact',
  closing: 'ClosingFact',
  promised: 'ClockFact',
  statutory: 'ClockFact',
  clock: 'ClockFact',
  pauses: 'list<PauseFact>',
  pause: 'PauseFact',
  extension: 'ExtensionFact',
  materialsHeld: 'list<Material>',
  materialsMissing: 'list<string>',
  params: 'map',
};

function typeName(type: string): string {
  return `Event_${type.replace(/[^A-Za-z0-9]/g, '_')}`;
}

/** Fields that all the given types share with one type; the envelope where none is given. */
export function typeOfAnchor(
  vocabulary: ReadonlyMap<string, FieldTypes>,
  types: readonly string[],
): FieldTypes {
  let shared: FieldTypes | null = null;
  for (const type of types) {
    const fields = vocabulary.get(type);
    if (fields === undefined) continue;
    if (shared === null) shared = fields;
    else {
      const before: FieldTypes = shared;
      shared = Object.fromEntries(
        Object.entries(before).filter(([name, kind]) => fields[name] === kind),
      );
    }
  }
  return { ...shared, ...ENVELOPE };
}

/** Declares every name that a predicate may use, with its type. */
export function declareTypes(
  environment: Environment,
  vocabulary: ReadonlyMap<string, FieldTypes>,
  anchors: { readonly event: FieldTypes; readonly end: FieldTypes },
): void {
  for (const [name, fields] of Object.entries(SHAPES)) environment.registerType(name, { fields });
  const lists: Record<string, string> = {};
  for (const [type, fields] of vocabulary) {
    environment.registerType(typeName(type), { fields: { ...fields, ...ENVELOPE } });
    lists[listName(type)] = `list<${typeName(type)}>`;
  }
  environment.registerType('Case', { fields: lists });
  environment.registerType('Anchor', { fields: anchors.event });
  environment.registerType('Ending', { fields: anchors.end });
  environment.registerVariable('case', 'Case');
  environment.registerVariable('event', 'Anchor');
  environment.registerVariable('end', 'Ending');
  for (const [name, type] of Object.entries(VARIABLES)) environment.registerVariable(name, type);
}
