import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Head of the rules that the pages show without one. */
const HEAD = `id: DOC-01
version: 1
family: DOC
effective: { from: 2007-01-01 }
name: { zh: 示例, en: Example }
text: { zh: 示例, en: Example. }
basis: [{ law: { zh: 示例, en: Example }, article: "1", local: true }]
answerable: [unit]
`;

export interface DocumentedRule {
  /** Line of the page on which it begins. */
  readonly line: number;
  readonly yaml: string;
}

/** The rules that a page of docs/ shows, completed by a head where they have none. */
export function documentedRules(page: string): DocumentedRule[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8');
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap((match) => {
    const [, block = ''] = match;
    const line = text.slice(0, match.index).split('\n').length + 1;
    if (block.startsWith('id:')) return [{ line, yaml: block }];
    if (!block.startsWith('windows:')) return [];
    const exceptions = /^exceptions:/m.test(block) ? '' : 'exceptions: []\n';
    return [{ line, yaml: HEAD + exceptions + block }];
  });
}
