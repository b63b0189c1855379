import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeyFileError, readKeyFile, type SigningKey } from '#audit-keys/key-file.js';
import { buildExport } from '#evidence/bundle/build-export.js';
import { editionOf } from '#evidence/request/requests.js';
import { verifierFiles } from '#evidence/verifier-files.js';
import { CommandError, EXIT, readOptions, wholeNumber } from '../command.js';
import { commandSettings } from '../command-settings.js';
import { actorOf } from '../quarantine/decision-options.js';
import { checkTarget, type DraftFile, writeDraft } from './bundle-file.js';
import { aboutOf, languageFrom, numberFrom, withDesk } from './export-desk.js';

/** Version of the program, from the package that it is part of. */
function softwareVersion(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    try {
      const file = readFileSync(join(folder, 'package.json'), 'utf8');
      return String((JSON.parse(file) as { version: unknown }).version);
    } catch (error) {
      if (dirname(folder) === folder) throw error;
    }
  }
}

function exportKeyFrom(file: string): SigningKey {
  try {
    return readKeyFile(file, 1);
  } catch (error) {
    if (error instanceof KeyFileError) throw new CommandError(error.message);
    throw error;
  }
}

/** mingcha export build: writes the bundle, records it, and prints what was built. */
export async function build(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    {
      edition: { type: 'string' },
      person: { type: 'string', multiple: true },
      out: { type: 'string' },
      wait: { type: 'string' },
      actor: { type: 'string' },
      lang: { type: 'string' },
    },
    1,
  );
  const language = languageFrom(values.lang);
  const no = numberFrom(positionals, 'build');
  const { out } = values;
  if (out === undefined) throw new CommandError('export build needs --out FILE');
  checkTarget(out);
  const waitSeconds = wholeNumber(values.wait, 'wait', { least: 0, most: 3_600, otherwise: 60 });
  const settings = commandSettings(process.env, (reader) => {
    const keyFile = reader.text('MINGCHA_EXPORT_KEY', '');
    if (keyFile === '')
      reader.faults.push(
        'MINGCHA_EXPORT_KEY is not set: name the key file that signs bundles (mingcha admin make-key makes one).',
      );
    const organization = reader.text('MINGCHA_ORGANIZATION', '');
    if (organization === '' || /\p{Cc}/u.test(organization))
      reader.faults.push('MINGCHA_ORGANIZATION is not set: name the office that exports.');
    return { keyFile, organization };
  });
  const key = exportKeyFrom(settings.keyFile);
  const actor = actorOf(values.actor);
  const built = await withDesk(language, async (writer) => {
    const about = await aboutOf(
      writer,
      no,
      values.edition === undefined ? null : editionOf(values.edition),
    );
    const drafts: DraftFile[] = [];
    try {
      const bag = await buildExport(
        writer,
        {
          requestNo: about.request.requestNo,
          edition: about.edition,
          persons: values.person ?? [],
          waitSeconds,
        },
        {
          key,
          verifier: verifierFiles(),
          software: { name: 'mingcha', version: softwareVersion() },
          organization: settings.organization,
        },
        {
          actor,
          now: Date.now,
          keep: async ({ bytes }) => {
            drafts.push(await writeDraft(out, bytes));
          },
        },
      );
      for (const draft of drafts) await draft.commit();
      return { bag, about };
    } catch (error) {
      for (const draft of drafts) draft.discard();
      throw error;
    }
  });
  const { bag, about } = built;
  const line = {
    requestNo: about.request.requestNo,
    number: about.request.numbers[about.edition],
    edition: about.edition,
    file: out,
    bytes: bag.bytes.length,
    files: bag.files,
    sha256: bag.digest,
    contentDigest: bag.contentDigest,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return EXIT.ok;
}
