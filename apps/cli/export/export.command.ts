import { type Command, runVerb } from '../command.js';
import { approve, refuse, request } from './ask-and-decide.js';
import { build } from './build.js';
import { destroyed, handOver, recall, verified, view } from './custody.js';
import { list, show } from './list-and-show.js';

const USAGE = `mingcha export request SCOPE --notice N --cause TEXT --purpose TEXT --requester A --requester B [--edition full|redacted]…
mingcha export approve NO --actor NAME --reason TEXT --keys FILE      mingcha export refuse NO --actor NAME --reason TEXT
mingcha export build NO --person A --person B --out FILE [--edition full|redacted] [--wait SECONDS]
mingcha export list [--state S] [--limit N] [--json]                  mingcha export show NO [--json]
mingcha export hand-over NO --person A --person B --to TEXT           mingcha export view NO --purpose TEXT
mingcha export verified NO --person A --person B --tool TEXT --result TEXT
mingcha export recall NO --reason TEXT                                mingcha export destroyed NO --person A --person B --reason TEXT

Evidence: asked for by two people, approved by another, numbered, built, and accounted for until it is destroyed. Every step
is a record of the audit trail. NO is the number of the request (2026-0001) or of a bundle (MZ-2026-0001 full,
MZS-2026-0001 redacted).
SCOPE, one of
  --case ID                                     a case with all its findings and alerts
  --alert ID                                    an alert, with the chain of its case
  --officer UNIT/STAFF --from DAY --to DAY      what somebody answers for, and the alerts about them
  [--unit U] [--rule R] [--level L] --from DAY --to DAY     alerts that were first raised in a period
Options
  --notice, --cause, --purpose   number of the 调取通知书, cause of the case, what it is for
  --edition     full (default) or redacted; for build and what follows: of the request, where NO does not say it
  --keys FILE   policy of the trusted keys (lines "origin", "log VKEY", "witness VKEY", "quorum N", "export VKEY"); goes into
                the bundle as a convenience
  --out FILE    the zip; it is there whole or not at all, and only after it is recorded
  --wait N      seconds to wait for a signed state of the trail that covers the approval (default 60)
  --place, --device   where something is done and with what; needed from view on
  --actor NAME  who does it; default operator: and the name of the system's user
  --lang zh|en  language of what is printed; default zh
Exit codes: 0 done; 1 what was built differs from the first time, or the trail is not in order; 2 wrong options or settings;
3 no such request, it is not in a state for this, or the scope is empty or too large; 4 the database does not answer, or the
trail is not being signed
Environment: DATABASE_URL, MINGCHA_MASTER_KEY, MINGCHA_RULES, MINGCHA_CITY, MINGCHA_EXPORT_KEY (key file that signs bundles),
MINGCHA_ORGANIZATION (name of the office that exports)`;

const VERBS = new Map([
  ['request', request],
  ['approve', approve],
  ['refuse', refuse],
  ['build', build],
  ['list', list],
  ['show', show],
  ['view', view],
  ['hand-over', handOver],
  ['verified', verified],
  ['recall', recall],
  ['destroyed', destroyed],
]);

export const exportCommand: Command = {
  name: 'export',
  usage: USAGE,
  run: (args) => runVerb('export', VERBS, args),
};
