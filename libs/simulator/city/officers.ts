import type { Day } from '#core/event/event.js';
import type { Random } from '../random.js';

/** A person as events name him. */
export interface Officer {
  readonly staffNo: string;
  readonly name: string;
  readonly post: string;
  readonly unitCode: string;
}

/** Person in a post for a time, with or without powers to approve. */
export interface PostingFact {
  readonly officer: Officer;
  readonly from: Day;
  readonly to: Day | null;
  readonly approves: boolean;
}

/** Approver on secondment: powers end with the posting. */
export interface TermApprover {
  readonly officer: Officer;
  /** Last day of the posting, a working day. */
  readonly to: Day;
}

/** The officers of one approval bureau. */
export interface Staff {
  readonly clerks: readonly Officer[];
  readonly handlers: readonly Officer[];
  readonly reviewers: readonly Officer[];
  readonly approvers: readonly Officer[];
  readonly inspectors: readonly Officer[];
  readonly head: Officer;
  /** Has a post, but approves nothing. */
  readonly withoutPowers: Officer;
  readonly terms: readonly TermApprover[];
  readonly postings: readonly PostingFact[];
}

const SURNAMES = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧'.split('');
const GIVEN = [
  '建国',
  '志强',
  '海燕',
  '晓东',
  '丽娟',
  '文博',
  '玉兰',
  '国庆',
  '雪梅',
  '振华',
  '亚男',
  '永刚',
  '思远',
  '春霞',
  '立新',
  '佳宁',
  '宏伟',
  '静怡',
  '少华',
  '明哲',
  '慧敏',
  '学军',
  '冬梅',
  '子涵',
  '卫东',
  '若曦',
];

/** Posts that may approve and waive; every item's `approverPosts`. */
export const APPROVER_POSTS: readonly string[] = ['分管副局长', '局长', '挂职副局长'];

/** A name of two or three characters. */
export function personName(random: Random): string {
  return random.pick(SURNAMES) + random.pick(GIVEN);
}

/** Staffs one bureau; `termEnds` gives the last days of its approvers on secondment. */
export function staffOf(unit: string, random: Random, since: Day, termEnds: readonly Day[]): Staff {
  let next = 100;
  const postings: PostingFact[] = [];
  const hire = (post: string, approves = false, to: Day | null = null): Officer => {
    next += random.between(1, 7);
    const officer = {
      staffNo: `${unit.slice(2, 6)}${next}`,
      name: personName(random),
      post,
      unitCode: unit,
    };
    postings.push({ officer, from: since, to, approves });
    return officer;
  };
  const several = (n: number, post: string, approves = false) =>
    Array.from({ length: n }, () => hire(post, approves));
  const terms = termEnds.map((to) => ({ officer: hire('挂职副局长', true, to), to }));
  return {
    clerks: several(3, '窗口受理员'),
    handlers: several(5, '承办人'),
    reviewers: several(3, '审核科长'),
    approvers: several(2, '分管副局长', true),
    inspectors: several(4, '核查员'),
    head: hire('局长', true),
    withoutPowers: hire('综合科科长'),
    terms,
    postings,
  };
}
