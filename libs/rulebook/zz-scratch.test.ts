import { it } from '@jest/globals';
import { nationalCalendar } from '#core/calendar/national.js';
import { compileRulebook } from '#core/rule/compile.js';
import { vocabularyTypes } from '#core/rule/vocabulary-types.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { lawOfExample, runExample } from '#rulebook/run-example.js';
import { mutantsOf } from './mutate-rule.js';
const { sources } = loadRulebook([packFolder('approval')]);
const vocabulary = vocabularyTypes();
const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
it('x', () => {
  const out: string[] = [];
  let n = 0, tried = 0;
  for (const rule of sources) {
    n += [...mutantsOf(rule)].length;
    const own = compileRulebook([rule], vocabulary);
    if (!own.ok) throw new Error('x');
    const laws = rule.examples.map((e) => lawOfExample(e, own.rulebook, calendar));
    const attempt = (what: string, mutated: any) => {
      const c = compileRulebook([mutated], vocabulary);
      if (!c.ok) { out.push(`${rule.id} NOCOMPILE ${what}`); return; }
      tried++;
      const noticed = rule.examples.some((e, i) => { try { return !runExample(rule.id, e, {rulebook: c.rulebook, around: {...laws[i]!.around, emptyLists: c.rulebook.emptyLists}}).ok } catch { return true } });
      if (!noticed) out.push(`${rule.id} ${what}`);
    };
    const visit = (v: any, path: (string|number)[]) => {
      if (typeof v === 'string') {
        for (const m of v.matchAll(/r?'(?:[^'\\]|\\.)*'|<=|>=|<|>|&&/g)) {
          if (m[0].startsWith("'") || m[0].startsWith('r')) continue;
          if (m[0] === '&&') continue;
          const to = ({'<':'<=','<=':'<','>':'>=','>=':'>'} as any)[m[0]];
          const nv = v.slice(0, m.index) + to + v.slice(m.index! + m[0].length);
          attempt(`${path.join('.')} @${m.index} ${m[0]}->${to}: …${v.slice(Math.max(0,m.index!-25), m.index!+25).replace(/\s+/g,' ')}…`, put(rule, path, nv));
        }
      } else if (typeof v === 'object' && v !== null) for (const [k, p] of Object.entries(v)) visit(p, [...path, Array.isArray(v) ? Number(k) : k]);
    };
    const put = (whole: any, path: any[], value: any): any => { if (path.length === 0) return value; const [k, ...r] = path; if (Array.isArray(whole)) return whole.map((p, i) => i === k ? put(p, r, value) : p); return {...whole, [k]: put(whole[k], r, value)}; };
    visit(rule.windows, ['windows']);
    visit(rule.exceptions.map((e:any) => ({when: e.when})), ['exceptions']);
    // per-window exception removal
    const names = rule.windows.map((w, i) => w.name ?? (rule.windows.length > 1 ? `w${i + 1}` : ''));
    rule.exceptions.forEach((e, i) => {
      const applies = e.windows ?? names;
      if (applies.length < 2 || e.by === 'person') return;
      for (const w of applies) attempt(`exceptions[${i}] ${e.code} by ${e.by} not for ${w} (${rule.windows[names.indexOf(w)]?.kind})`, {...rule, exceptions: rule.exceptions.map((x, j) => j === i ? {...x, windows: applies.filter(a => a !== w)} : x)});
    });
    const listed = new Set([...mutantsOf(rule)].filter(m => m.to === 'removed').map(m => m.path));
    rule.exceptions.forEach((e, i) => { if (e.by !== 'person' && !listed.has(`exceptions[${i}]`)) out.push(`${rule.id} EXCLUDED ${e.code} by ${e.by} kinds ${rule.windows.map(w=>w.kind)}`); });
    if (rule.windows.some(w => w.kind==='manual')) out.push(`${rule.id} MANUAL`);
    rule.exceptions.forEach((e) => { if (e.by === 'person') out.push(`${rule.id} PERSON ${e.code}`); });
  }
  console.log(n, tried, '\n' + out.join('\n'));
});
