import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { leafHashOfBytes } from '#core/audit/leaf-hash.js';
import { EMPTY_TREE, growTree, rootOf } from '#core/audit/tree/hash-tree.js';
import { verifyConsistency, verifyInclusion } from '#core/audit/tree/proof.js';
import { describeVectors, fromBase64, fromHex, readJson, toHex } from './vectors.js';

interface InclusionProbe {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
}

interface ConsistencyProbe {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
  proof: string[] | null;
  wantErr: boolean;
}

const probesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );

describeVectors('inclusion probes of transparency-dev/merkle', 'merkle/inclusion', (folder) => {
  it.each(probesIn(folder))('%s', (name) => {
    const probe = readJson<InclusionProbe>(join(folder, name));
    const outcome = verifyInclusion({
      index: probe.leafIdx,
      size: probe.treeSize,
      leafHash: fromBase64(probe.leafHash),
      proof: (probe.proof ?? []).map(fromBase64),
      root: fromBase64(probe.root),
    });
    expect(outcome.ok).toBe(!probe.wantErr);
  });
});

describeVectors('consistency probes of transparency-dev/merkle', 'merkle/consistency', (folder) => {
  it.each(probesIn(folder))('%s', (name) => {
    const probe = readJson<ConsistencyProbe>(join(folder, name));
    const outcome = verifyConsistency({
      size1: probe.size1,
      size2: probe.size2,
      root1: fromBase64(probe.root1),
      root2: fromBase64(probe.root2),
      proof: (probe.proof ?? []).map(fromBase64),
    });
    expect(outcome.ok).toBe(!probe.wantErr);
  });
});

describeVectors('the reference tree of RFC 6962 implementations', 'rfc6962-tree8.json', (file) => {
  it('has the published root at every size from 0 to 8', () => {
    const { leafInputsHex, rootHashesHexBySize } = readJson<{
      leafInputsHex: string[];
      rootHashesHexBySize: string[];
    }>(file);
    const hashes = leafInputsHex.map((hex) => leafHashOfBytes(fromHex(hex)));
    const roots = rootHashesHexBySize.map((_root, size) =>
      toHex(rootOf(growTree(EMPTY_TREE, hashes.slice(0, size)))),
    );
    expect(roots).toEqual(rootHashesHexBySize);
    expect(roots).toHaveLength(9);
  });
});
