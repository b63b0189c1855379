import { type Command, runVerb } from '../command.js';
import { beginAudit } from './begin-audit.js';
import { closeGap, listGaps } from './coverage-gaps.js';
import { erasures } from './erasures.js';
import { legalHolds } from './legal-holds.js';
import { makeKey } from './make-key.js';
import { makeTopics } from './make-topics.js';
import { migrateDatabase } from './migrate-database.js';
import { rebuildTreeWatermark } from './rebuild-tree-watermark.js';
import { retention } from './retention.js';
import { rotateKey } from './rotate-key.js';

const USAGE = `mingcha admin migrate
mingcha admin topics [--partitions N] [--replicas N]
mingcha admin gaps
mingcha admin close-gap --source S [--partition N] --reason TEXT [--actor NAME]
mingcha admin hold place (--case C | --alert A | --person P | --from TIME --to TIME) --reason TEXT [--actor NAME]
mingcha admin hold lift ID --reason TEXT | confirm ID | list [--all]
mingcha admin retention plan | archive --table event|audit_record --month M --dir D | drop --dir D | restore --dir D
mingcha admin erase request --case C --reason TEXT | approve ID | refuse ID --reason TEXT | list [--all]
mingcha admin make-key --name NAME --file FILE [--witness]
mingcha admin rotate-key --old VKEY --new VKEY --reason TEXT [--new-origin] [--actor NAME]
mingcha admin begin-audit --state FOLDER
mingcha admin rebuild-watermark

Sets up a deployment and looks after it (docs/operating.md). All of it can be repeated without harm.
  migrate    brings the database of DATABASE_URL up to date; the first time as a superuser, who makes the roles, from
             then on as any login that is a member of mingcha_migrator
  topics     makes the topics that are missing, and refuses those that are wrong, saying what to change. Topics:
             MINGCHA_TOPIC (mingcha.events), MINGCHA_ALERT_TOPIC (mingcha.alerts), MINGCHA_QUARANTINE_TOPIC
             (mingcha.quarantine); in Kafka where KAFKA_BROKERS is set, otherwise in the Postgres inbox
  gaps       prints the gaps in coverage that are open, one JSON line each
  close-gap  closes the gap of a source, in one partition or in all, once its records have been sent again: alerts that
             were held for it are judged by the coverage there is. Kept with reason and actor in the audit trail
  hold       legal hold: keeps a case, an alert with its case, a person (unitCode/staffNo) or what came in a period from
             being erased or archived. In force at once; another person confirms the placing, and any lifting
  retention  plan prints every month in the database and what keeps it there; archive writes one into a new folder and
             reads it back; drop, by another person, reads the folder again and lets the month go; restore brings it back
             for reading
  erase      erases the events of a case by destroying their key, once another person approves; what was found and the
             records of it stay, and so do their proofs. Cannot be undone
  make-key   makes a key that signs checkpoints or exports, writes it to a new file that its owner alone can read, and
             prints its verifier key, which is no secret. NAME: of a log its origin; with --witness that of a witness
  rotate-key records in the audit trail that a log's key is followed by another (action key.rotated). Both sign for a
             while: MINGCHA_SIGNER_KEYS and MINGCHA_LOG_KEYS name both, then the new one only. --new-origin: signed records
             are lost for good, and the log goes on under the new key's name (docs/operating.md, section 9)
  begin-audit  once, before the first start of an auditor: makes the folder in which it remembers how far the trail fitted.
             One that remembers something is refused
  rebuild-watermark  after a restore by pg_dump into another server: compares records with leaves, gives places to records that
             have none, and sets the sequencer's watermark by this server's transactions. End sequencers first
  --partitions N   of a topic that is made (default 8); one that exists never changes its number
  --replicas N     copies of each partition (default: as the brokers are set)
  --actor NAME     who decides; default operator: and the name of the system's user
Exit codes: 0 done, or nothing to do; 1 a topic is wrong, or the database is of a newer version; 2 wrong options or
settings; 3 there is no such gap, hold, request or case; 4 a server cannot be used. hold, retention and erase: 1 refused,
or another person has to decide
Environment: DATABASE_URL, EVENT_LOG, KAFKA_BROKERS and the other KAFKA_… settings as for the monitor`;

const VERBS = new Map([
  ['migrate', migrateDatabase],
  ['topics', makeTopics],
  ['gaps', listGaps],
  ['close-gap', closeGap],
  ['hold', legalHolds],
  ['erase', erasures],
  ['retention', retention],
  ['make-key', makeKey],
  ['rotate-key', rotateKey],
  ['begin-audit', beginAudit],
  ['rebuild-watermark', rebuildTreeWatermark],
]);

export const adminCommand: Command = {
  name: 'admin',
  usage: USAGE,
  run: (args) => runVerb('admin', VERBS, args),
};
