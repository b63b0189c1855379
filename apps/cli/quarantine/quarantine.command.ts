import { type Command, runVerb } from '../command.js';
import { EVENT_LOG_USAGE } from '../import/target-log.js';
import { listQuarantine } from './list-quarantine.js';
import { releaseQuarantine } from './release-quarantine.js';
import { repairQuarantine } from './repair-quarantine.js';
import { showQuarantine } from './show-quarantine.js';

const USAGE = `mingcha quarantine list [--reason R] [--source S] [--since TIME] [--state waiting|repaired|released|all] [--limit N] [--json]
mingcha quarantine show ID [--out FILE] [--json]
mingcha quarantine repair ID --file FILE [--reason TEXT] [--actor NAME] [--topic T] [--city FILE] [--new-identity]
mingcha quarantine release ID --reason TEXT [--actor NAME] [--topic T] [--city FILE]

Records that broke the contract, with their bytes and the reason. An ID is topic/partition/offset, as list prints it.
  list      oldest first; default: those that wait for a decision, at most 100
  show      the reason in words and the bytes; --out FILE writes the bytes for correcting
  repair    checks the corrected event (one CloudEvent in JSON), publishes it in the record's place and saves the decision
  release   publishes the same bytes again, for records that the configuration refused, such as those of an unknown feed
Both are safe to repeat: what is published already has no effect a second time. The decision is kept with its reason and
actor (default: operator: and the name of the system's user).
${EVENT_LOG_USAGE}, MINGCHA_MASTER_KEY`;

const VERBS = new Map([
  ['list', listQuarantine],
  ['show', showQuarantine],
  ['repair', repairQuarantine],
  ['release', releaseQuarantine],
]);

export const quarantineCommand: Command = {
  name: 'quarantine',
  usage: USAGE,
  run: (args) => runVerb('quarantine', VERBS, args),
};
