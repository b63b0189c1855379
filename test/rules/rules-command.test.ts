import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RulebookError } from '#rulebook/load-rules.js';
import { CommandError } from '../../apps/cli/command.js';
import { rulesCommand } from '../../apps/cli/rules/rules.command.js';
import { documentedRules } from './documented-rules.js';

/** The first rule of docs/rules.md. */
const FIRST = documentedRules('rules.md')[0]?.yaml ?? '';

describe('mingcha rules', () => {
  let folder: string;
  let written: string;
  const write = process.stdout.write;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mingcha-rules-'));
    written = '';
    process.stdout.write = (text) => {
      written += String(text);
      return true;
    };
  });
  afterEach(() => {
    process.stdout.write = write;
    rmSync(folder, { recursive: true });
  });

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  it('check counts rules and examples', async () => {
    file('X-01.yaml', FIRST);
    expect(await rulesCommand.run(['check', folder])).toBe(0);
    expect(written).toBe('1 rules with 7 examples: all well formed\n');
  });

  it('check without a folder reads the pack that comes with Mingcha', async () => {
    expect(await rulesCommand.run(['check'])).toBe(0);
    expect(written).toMatch(/^64 rules with \d+ examples: all well formed\n$/);
  });

  it('check ends with the place of what is wrong', async () => {
    const path = file('X-01.yaml', FIRST.replace('until:', 'untill:'));
    await expect(rulesCommand.run(['check', folder])).rejects.toThrow(RulebookError);
    await expect(rulesCommand.run(['check', folder])).rejects.toThrow(
      `${path}:15: windows.0.untill: unknown field; did you mean 'until'?`,
    );
  });

  it('test runs every example', async () => {
    expect(await rulesCommand.run(['test', file('X-01.yaml', FIRST)])).toBe(0);
    expect(written).toBe('7 examples: all as expected\n');
  });

  it('test shows what was expected and what was found', async () => {
    const path = file('X-01.yaml', FIRST.replace('value: 5', 'value: 4'));
    expect(await rulesCommand.run(['test', path])).toBe(1);
    expect(written).toContain(`${path}:35: X-01: the fifth working day is not over
  as of    2025-03-10T23:59
  expected notice since 2025-03-08T00:00
  found    red since 2025-03-08T00:00 (example/e001)
`);
    expect(written).toMatch(/\d of 7 examples fail\n$/);
  });

  it('test tells an example that cannot be read from one that fails', async () => {
    const path = file('X-01.yaml', FIRST.replace('type: withdrawn', 'type: withdrawm'));
    expect(await rulesCommand.run(['test', path])).toBe(1);
    expect(written).toContain("cannot be read: there is no event type 'approval.withdrawm'");
  });

  it('mutate lets nothing of the documented rule survive', async () => {
    expect(await rulesCommand.run(['mutate', file('X-01.yaml', FIRST)])).toBe(0);
    expect(written).toMatch(/^\d+ mutants: each is noticed by an example\n$/);
  });

  it('mutate names the line that no example defends', async () => {
    const path = file('X-01.yaml', FIRST.replace(/ {2}- is: X8[\s\S]*$/, ''));
    expect(await rulesCommand.run(['mutate', path])).toBe(1);
    expect(written).toContain(`${path}:23: X-01 exceptions[1]: no example notices X8 -> removed\n`);
  });

  it('explain says a rule in both languages', async () => {
    expect(await rulesCommand.run(['explain', 'OD-02'])).toBe(0);
    expect(written).toContain('自受理起,至办件终结止');
    expect(written).toContain('from acceptance until the end of the case');
    expect(written).toContain('red: after the last day of the limit');
  });

  it('explain says so where there is no such rule', async () => {
    await expect(rulesCommand.run(['explain', 'OD-99'])).rejects.toThrow(
      "there is no rule 'OD-99'",
    );
  });

  it('doc has a chapter for every rule', async () => {
    expect(await rulesCommand.run(['doc', '--lang', 'en'])).toBe(0);
    expect(written.match(/^## /gm)).toHaveLength(64);
    expect(written.match(/^\| [A-Z]{2}-\d\d \|/gm)).toHaveLength(64);
  });

  it.each([
    { args: [], says: 'rules needs a verb: check, test, mutate, explain, doc' },
    { args: ['prove'], says: "not 'prove'" },
    { args: ['explain'], says: "rules explain needs the rule's id" },
    { args: ['check', '--colour', 'red'], says: "Unknown option '--colour'" },
    { args: ['doc', '--lang', 'fr'], says: "--lang takes zh or en, not 'fr'" },
  ])('a wrong call $args', async ({ args, says }) => {
    await expect(rulesCommand.run(args)).rejects.toThrow(CommandError);
    await expect(rulesCommand.run(args)).rejects.toThrow(says);
  });
});
