import type { OutcomeKey } from './zh.js';

/** The same sentences in English. */
export const EN: Readonly<Record<OutcomeKey, string>> = {
  'zip.not-a-zip':
    'This file is no evidence bundle (ZIP), or its beginning is damaged; it cannot be opened.',
  'zip.end':
    'The end of the bundle is incomplete or was changed (at byte {offset}): the file may not have arrived whole, or was lengthened, shortened or altered.',
  'zip.directory':
    'The list of files inside the bundle was changed at byte {offset} (file {file}). Please verify another copy.',
  'zip.header': 'What stands before file {file} in the bundle was changed (at byte {offset}).',
  'zip.method':
    'File {file} is compressed, and original bundles never are: this is not the original. If somebody packed it anew, unpack it and verify the folder.',
  'zip.path':
    'The bundle holds a name that is not allowed: {file}. It may try to write somewhere else; do not unpack it.',
  'zip.twice': 'The name {file} stands in the bundle twice; which one counts is not certain.',
  'zip.order': 'File {file} is not in its place: this bundle was packed anew.',
  'zip.checksum': 'The content of file {file} was changed (after byte {offset}).',
  'bundle.none':
    'There is no evidence bundle here: neither bagit.txt nor data/request.json. Please check the path.',
  'file.changed': 'File {place} does not fit the manifest: it was changed after it was made.',
  'file.missing': 'File {place} is missing.',
  'file.extra': 'File {place} stands in no manifest: it was added later.',
  'file.not-utf8': 'File {place} is not readable text.',
  'file.malformed':
    'File {place} is not of its form (at {at}: expected {expected}) and cannot be verified.',
  'bag.declaration': 'File bagit.txt does not say what it must say.',
  'bag.content': 'The Content-Digest in bag-info.txt is not that of the manifest.',
  'bag.size': 'The size in bag-info.txt is not the real one ({bytes} bytes in {files} files).',
  'manifest.malformed': 'Line {line} of the manifest {place} is not of its form.',
  'manifest.unlisted': 'File {place} does not stand in the manifest {manifest}.',
  'manifest.no-sm3':
    'Node on this machine has no SM3: that manifest was not checked. The SHA-256 manifest was.',
  'signature.malformed': "The exporter's signature file {place} is not of its form.",
  'signature.digest':
    'The manifest {place} is not the one that the exporter signed: it was changed after signing.',
  'signature.number':
    'The number or edition that was signed ({number}, {edition}) is not that of data/request.json: the signature may come from another bundle.',
  'signature.invalid':
    "The exporter's signature {place} is not valid, or not of an exporter that you trust: nothing shows who made this bundle.",
  'signature.unchecked':
    "File {place} is there and unchanged, but what it attests was NOT checked. A timestamp (RFC 3161) is checked with: openssl ts -verify -in {place} -data tagmanifest-sha256.txt -CAfile CERTIFICATE, the certificate being the authority's own; another signature with a tool of its maker.",
  'request.form':
    '{place} is not written in its one form (RFC 8785, one line): different verifiers might read different things out of it.',
  'keys.own':
    'No key file was given (--keys): only the keys inside the bundle were used, and they do not show where it comes from. Verify again with a key file that reached you another way.',
  'keys.malformed':
    'No key file was given (--keys), and the keys inside the bundle cannot be used: neither signature nor log can be verified.',
  'checkpoint.size': 'Checkpoint {place} counts {size} records, data/request.json says {stated}.',
  'checkpoint.refused':
    "Checkpoint {place} cannot be trusted (reason: {reason}): the log's signature is not valid, or too few witnesses signed.",
  'consistency.fails':
    '{place} does not show that the earlier state {checkpoint} is the beginning of the same log (reason: {reason}): the log may have been rewritten.',
  'record.proof':
    'Record {place} does not fit the signed log (reason: {reason}, proof {proof}): the record or its proof was changed.',
  'record.missing':
    'Record {place} is missing: its proof {proof} is still there, the record is not.',
  'record.unlisted':
    'Record {place} belongs to no complete chain and is not among those given alone (data/loose.json).',
  'entity.misnamed': 'The name of file {place} does not fit the entity in it, {entity}.',
  'entity.foreign': 'Record {record} ({place}) is no record of {entity}.',
  'entity.missing':
    'Record number {seq} of {entity} is not in the bundle: a record was left out (see {place}).',
  'entity.joint':
    'Record number {seq} of {entity} ({place}) does not follow on the one before: that one was replaced, or the chain was joined anew.',
  'entity.index':
    '{place} does not show that the records of {entity} are complete (reason: {reason}): it does not fit the index that the log committed to.',
  'entity.absent':
    '{entity}, which the request names or a record leads to, has no file of its records: the whole chain was left out.',
  'entity.twice':
    'Record number {seq} of {entity} stands twice, in {other} and in {place}: there are two histories of it.',
  'alert.absent':
    'The finding of record {place} has an alert, {entity}, whose records are not in the bundle: the whole chain was left out.',
  'custody.entity': '{place} is about {named}, and the request of this bundle is {entity}.',
  'custody.absent':
    '{place} does not show {action} for {entity}: this bundle was not asked for, or not approved.',
  'custody.persons':
    '{place} does not show two persons who asked for this bundle and another one who approved it ({names}).',
  'custody.late':
    'Record {record} of the request ({place}) lies outside of the {size} records that the bundle speaks of: their state is older than the approval.',
  'custody.differs':
    'In data/request.json, {what} is not what the record of the request ({place}) says.',
  'source.unlisted':
    'Record {place} says that an event was received, but the list of original data does not have it.',
  'source.no-record': 'Original data {place} (event {event}) has no record {record} in the log.',
  'source.digest':
    'Original data {place} (event {event}) does not have the digest in record {record}: it is not what was received.',
  'source.withheld':
    'The original data of record {place} ({event}) is not given; a full edition must give it.',
  'source.differs':
    'In the list of original data, {what} of event {event} is not what record {place} says.',
  'source.not-erased':
    'The list of original data says that the data of record {place} ({event}) was erased; no record in the bundle says so.',
  'source.erased':
    'The original data of record {place} ({event}) was erased by law; the record and its proof remain valid.',
  'payload.digest':
    '{place} does not have the digest in record {record}: what the finding or alert says was changed.',
  'payload.redacted':
    'Personal values are hidden in {count} texts. Whether they are those of the full edition, --match shows.',
  'rule.digest': 'Rule file {place} ({rule}) does not have the digest in the list of rules.',
  'rule.other': 'Rule file {place} is not {rule}, as the list of rules says.',
  'rule.broken': 'The rules in the bundle cannot be used: {reason}.',
  'event.read-otherwise':
    'Original data {place} (event {event}, record {record}), read anew, says something else than {file}.',
  'event.other':
    'In {place}, {what} is not what record {record} says: it is another event than the one received.',
  'event.taken':
    'The original data of {count} events cannot be read alone (attributes in message headers that are not kept): of these, number, case, type and instant are as the system read them at the time, and their records confirm all but the instant.',
  'reference.unfounded':
    'A reference fact in {place} (event {event}, record {record}) is not what the original data says.',
  'statement.other': 'An entry of {place} on rule {rule} is not what record {record} says.',
  'statement.missing':
    'Record {place} (rule {rule}) is not among what is evaluated anew (data/reevaluation.json).',
  'reevaluation.differs':
    'Evaluating case {case} anew as of {asOf}, from the original data and rule {rule} in the bundle, differs from record {place}: {differs}.',
  'reevaluation.nothing':
    'Evaluating case {case} anew as of {asOf}, from the original data and rule {rule} in the bundle, does not give the finding of record {place}.',
  'reevaluation.failed':
    'Case {case} cannot be evaluated anew by rule {rule} (as of {asOf}, record {place}): {reason}.',
  'reevaluation.erased':
    'Original data of case {case} was erased by law, so nothing of it is evaluated anew; its records and proofs were checked.',
  'reevaluation.redacted':
    'This is a redacted edition without original data, so nothing is evaluated anew; use the full edition for that.',
  'match.edition': 'Matching needs a full and a redacted edition; given are {full} and {redacted}.',
  'match.scope': 'The two bundles were not made for one request from one state ({what}).',
  'match.record': 'File {place} is not the same in the full and the redacted edition.',
  'match.value':
    'The hidden value at {pointer} of {place} in the redacted edition is not that of the full edition.',
  'match.salt': 'data/redactions.json of the full edition says nothing of {pointer} in {place}.',
  'match.else':
    'At {pointer}, {place} of the redacted edition was changed otherwise than by hiding a value.',
  more: '{count} more of the same kind ({key}) are not listed.',
  'result.ok': 'Verified: nothing was changed, nothing is missing, everything fits.',
  'result.failed': 'Not verified: {count} problems were found, exit code {exit}.',
  'result.tally':
    'Checked {files} files, {records} records of the log, {entities} complete chains, {events} original events; evaluated {findings} findings anew.',
  'result.match':
    'The redacted edition matches the full one: {values} hidden values were compared.',
  'result.problem': '[{exit}] {text}',
  'result.note': 'Note: {text}',
};
