import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUNDLE_EXIT } from '../outcome.js';
import { verifyPaths } from './verify-paths.js';

// Entry of verify.mjs, the verifier that bundles carry: one file, nothing but Node itself.

const USAGE = `node verify.mjs [BUNDLE] [--keys FILE] [--lang zh|en] [--json]
node verify.mjs --match FULL REDACTED [--keys FILE] [--lang zh|en] [--json]

  BUNDLE       证据包(ZIP 文件,或解压后的文件夹);省略时为本文件所在的证据包
               the zip, or the folder that it was unpacked into; default: the bundle that this file lies in
  --keys FILE  从其他途径取得的公钥文件 / key file that reached you another way than the bundle
  --match      遮盖版与完整版是否一致 / does the redacted edition match the full one
  --lang       zh(默认) / en

退出码 / exit codes: 0 通过 verified; 2 用法 usage; 3 不是证据包 no bundle; 10 文件被改 changed; 11 缺少或多出 missing or extra;
12 清单或签名 manifest or signature; 13 记录或证明 record or proof; 14 检查点、公钥或见证 checkpoint, key, quorum;
15 缺少记录 record left out; 16 重新计算不同 evaluates otherwise; 17 日志不连续 two histories
`;

function main(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      keys: { type: 'string' },
      lang: { type: 'string', default: 'zh' },
      json: { type: 'boolean', default: false },
      match: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [first, second, ...rest] = positionals;
  const wanted = values.match ? 2 : 1;
  const isWrong =
    rest.length > 0 ||
    positionals.length > wanted ||
    (values.match && second === undefined) ||
    (values.lang !== 'zh' && values.lang !== 'en');
  if (values.help || isWrong) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    return values.help ? BUNDLE_EXIT.ok : BUNDLE_EXIT.usage;
  }
  const { exit, text } = verifyPaths({
    bundle: first ?? join(import.meta.dirname, '..', '..'),
    keys: values.keys ?? null,
    match: second ?? null,
    language: values.lang === 'en' ? 'en' : 'zh',
    json: values.json,
  });
  process.stdout.write(text);
  return exit;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  const isUsage = String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (isUsage) process.stderr.write(USAGE);
  process.exitCode = isUsage ? BUNDLE_EXIT.usage : BUNDLE_EXIT.unreadable;
}
