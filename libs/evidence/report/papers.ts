import type { JsonValue } from '#core/audit/canonical-json.js';
import { contentDigest, digestsOf, type FileDigests } from '../bundle/bag.js';
import type { PayloadFiles } from '../bundle/payload-files.js';
import type { Gathered } from '../gather/gather.js';
import type { Edition } from '../request/export-request.js';
import { dictionaryBlocks } from './dictionary.js';
import type { Block, Paper } from './document.js';
import { extractionBlocks, inventoryBlocks, statementBlocks } from './forms.js';
import { paperHtml } from './html.js';
import { paperPdf } from './pdf.js';
import { reportBlocks } from './report-blocks.js';
import { shownOf } from './shown.js';
import { word } from './words.js';

interface Tools {
  readonly software: { readonly name: string; readonly version: string };
  readonly organization: string;
}

/** RO-Crate 1.1 description: what the files are, by whom and for what. */
function roCrate(
  { request, pin }: Gathered,
  edition: Edition,
  tools: Tools,
  files: readonly FileDigests[],
): JsonValue {
  const folders = [
    ...new Set(
      files.flatMap(({ path }) =>
        path.split('/').length > 2 ? [path.split('/')[1] as string] : [],
      ),
    ),
  ];
  const tops = files.filter(({ path }) => path.split('/').length === 2);
  const media: Readonly<Record<string, string>> = {
    json: 'application/json',
    html: 'text/html',
    pdf: 'application/pdf',
  };
  return {
    '@context': 'https://w3id.org/ro/crate/1.1/context',
    '@graph': [
      {
        '@id': 'ro-crate-metadata.json',
        '@type': 'CreativeWork',
        conformsTo: { '@id': 'https://w3id.org/ro/crate/1.1' },
        about: { '@id': './' },
      },
      {
        '@id': './',
        '@type': 'Dataset',
        identifier: request.numbers[edition],
        name: `${word('report.title')} ${request.numbers[edition]}`,
        description: `${request.notice} ${request.cause}`,
        datePublished: new Date(request.decidedAt ?? 0).toISOString(),
        license: word('marking'),
        publisher: { '@id': '#organization' },
        isBasedOn: `${pin.origin}#${pin.treeSize}`,
        hasPart: [
          ...folders.map((folder) => ({ '@id': `${folder}/` })),
          ...tops.map(({ path }) => ({ '@id': path.slice('data/'.length) })),
        ],
      },
      { '@id': '#organization', '@type': 'Organization', name: tools.organization },
      {
        '@id': '#software',
        '@type': 'SoftwareApplication',
        name: tools.software.name,
        softwareVersion: tools.software.version,
      },
      ...folders.map((folder) => ({ '@id': `${folder}/`, '@type': 'Dataset', name: folder })),
      ...tops.map(({ path, size, sha256 }) => ({
        '@id': path.slice('data/'.length),
        '@type': 'File',
        contentSize: String(size),
        encodingFormat: media[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
        sha256,
      })),
    ],
  };
}

/** Adds the papers for people and the description of the whole. To be called last: the list names every other file. */
export async function addPapers(
  files: PayloadFiles,
  gathered: Gathered,
  edition: Edition,
  tools: Tools,
): Promise<void> {
  const shown = shownOf(gathered, edition);
  const number = `${gathered.request.numbers[edition]} ${word(`edition.${edition}`)}`;
  const paper = (title: string, blocks: readonly Block[], of = number): Paper => ({
    title: word(`${title}.title`),
    marking: word('marking'),
    number: of,
    blocks,
  });
  // The same for every request of the scope: without a number.
  files.text('dictionary.html', paperHtml(paper('dictionary', dictionaryBlocks(shown), '')));
  files.text('statement.html', paperHtml(paper('statement', statementBlocks(), '')));
  const report = paper('report', reportBlocks(shown, tools.software));
  files.text('report.html', paperHtml(report));
  files.bytes('report.pdf', await paperPdf(report, new Date(gathered.request.decidedAt ?? 0)));
  const listed = () =>
    [...files.payload]
      .map(([path, bytes]) => ({ ...digestsOf(path, bytes), bytes }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  const content = contentDigest(listed());
  files.text(
    'extraction-record.html',
    paperHtml(paper('record', extractionBlocks(shown, tools.software, content))),
  );
  files.json('ro-crate-metadata.json', roCrate(gathered, edition, tools, listed()));
  files.text(
    'inventory.html',
    paperHtml(paper('inventory', inventoryBlocks(shown, tools.software, listed()))),
  );
}
