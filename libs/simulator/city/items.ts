import {
  AUTO_STEP,
  HOUR_STEPS,
  type ItemSpec,
  item,
  JOINT_STEPS,
  OPTIONAL_STEP,
  PARALLEL_STEPS,
  TWO_STEPS,
} from './item-spec.js';

const fee = (feeCode: string, standard: number, basis: string, waivers: string[] = []) => ({
  feeCode,
  standard,
  basis,
  waivers,
});

/** Items that every bureau offers, each in its own version of the catalogue. */
export const ITEM_SPECS: readonly ItemSpec[] = [
  item('food', '食品经营许可', [10, 20], { law: '食品安全法' }),
  item('hygiene', '公共场所卫生许可', [10, 20], { law: '公共场所卫生管理条例' }),
  item('drain', '城镇污水排入排水管网许可', [10, 20], { law: '城镇排水与污水处理条例' }),
  item('print', '印刷经营许可', [10, 20], { law: '印刷业管理条例', steps: OPTIONAL_STEP }),
  item('tree', '砍伐城市树木审批', [7, 20], { law: '城市绿化条例' }),
  item('sign', '大型户外广告设施设置审批', [5, 20], { law: '城市市容和环境卫生管理条例' }),
  item('road', '占用挖掘城市道路审批', [8, 20], { law: '城市道路管理条例' }),
  item('hr', '人力资源服务许可', [15, 20], { law: '人力资源市场暂行条例' }),
  item('dispatch', '劳务派遣经营许可', [15, 20], { law: '劳动合同法', steps: AUTO_STEP }),
  item('pharmacy', '药品零售企业许可', [15, 20], { law: '药品管理法' }),
  item('venue', '娱乐场所经营许可', [20, 20], { law: '娱乐场所管理条例' }),
  item('school', '民办学校设立审批', [20, 20], { law: '民办教育促进法', steps: OPTIONAL_STEP }),
  item('clinic', '医疗机构执业登记', [20, 20], { law: '医疗机构管理条例' }),
  item('transport', '道路货物运输经营许可', [20, 20], { law: '道路运输条例' }),
  item('excavate', '道路挖掘修复审批', [10, 20], {
    law: '城市道路管理条例',
    fees: [fee('F-XF', 1200, '道路挖掘修复费标准')],
  }),
  item('waste', '建筑垃圾处置核准', [10, 20], {
    law: '城市建筑垃圾管理规定',
    fees: [
      fee('F-CZ', 360, '垃圾处置费标准', ['小微企业减免', '应急抢险免征']),
      fee('F-GB', 25, '工本费'),
    ],
  }),
  item('hospital', '公共场所改扩建卫生审查', [15, 20], { flags: { siteVisitRequired: true } }),
  item('oilshop', '成品油零售经营资格审批', [20, 20], { flags: { siteVisitRequired: true } }),
  item('lift', '特种设备使用登记', [20, 20], { flags: { inspectionRequired: true } }),
  item('seed', '农作物种子生产经营许可', [20, 20], {
    flags: { inspectionRequired: true },
    sample: true,
  }),
  item('planning', '建设项目规划许可(重大)', [20, 20], {
    law: '城乡规划法',
    flags: { hearingRequired: true },
  }),
  item('neighbour', '临街改建规划许可', [20, 20], {
    law: '城乡规划法',
    tags: ['interested-parties'],
  }),
  item('eia', '排污口设置审批', [20, 20], {
    flags: { hearingRequired: true },
    tags: ['hearing-on-request'],
  }),
  item('taxi', '出租汽车经营权许可', [20, 20], {
    flags: { selectionRequired: true, quotaLimited: true },
  }),
  item('factory', '工业项目联合审批', [30, 45], { kind: 'joint', steps: JOINT_STEPS }),
  item('mall', '大型商业综合体联合审批', [45, 45], { kind: 'joint', steps: JOINT_STEPS }),
  item('forest', '占用林地审核(初审上报)', [15, 20], { kind: 'upward', law: '森林法' }),
  item('mine', '采矿权延续初审', [15, 20], { kind: 'upward', law: '矿产资源法' }),
  item('card', '社会保障卡补领', [1, 20], { kind: 'instant', steps: TWO_STEPS }),
  item('seal', '公章刻制备案', [1, 20], { kind: 'instant', steps: TWO_STEPS }),
  item('stamp', '营业执照补发', [1, 20], { kind: 'instant', steps: TWO_STEPS }),
  item('copy', '档案查询利用', [1, 20], { kind: 'instant', tags: ['one-person'] }),
  item('subsidy', '老年人优待证办理', [1, 20], { kind: 'instant', steps: TWO_STEPS }),
  item('parking', '临时停车备案(自动审批)', [5, 20], { auto: true }),
  item('festival', '促销活动备案(自动审批)', [5, 20], { auto: true }),
  item('water', '取水许可', [15, 30], { unit: 'Z', law: '取水许可和水资源费征收管理条例' }),
  item('event', '大型群众性活动安全许可', [15, 20], { steps: HOUR_STEPS }),
  item('secret', '涉密场所建设审批', [15, 20], { channels: ['counter'], tags: ['secret'] }),
  item('weapon', '民用枪支配置许可', [15, 20], { channels: ['counter'], tags: ['channel-by-law'] }),
  item('bank', '融资担保公司设立审批', [15, 20], { channels: ['counter'] }),
  item('fireworks', '烟花爆竹经营许可', [15, 20], { tags: ['filing-limit-special'] }),
  item('remote', '畜禽养殖场视频核查许可', [15, 20], { tags: ['remote-check'] }),
  item('blast', '爆破作业项目许可', [15, 20], { inspectorsMin: 3 }),
  item('publish', '并行公示类许可', [20, 20], { steps: PARALLEL_STEPS }),
  item('special', '文物保护单位建控地带项目许可', [20, 20], {
    law: '文物保护法',
    stopGrounds: ['other'],
  }),
  item('heritage', '不可移动文物修缮许可', [15, 20], { law: '文物保护法', original: true }),
  item('commit', '餐饮服务告知承诺许可', [10, 20], {
    flags: {
      promiseOption: {
        allowed: true,
        checkWithin: { value: 2, unit: 'G' },
        checkStandard: '食品经营许可审查通则',
        checkMethod: '现场核查',
        exempt: false,
      },
    },
  }),
  item('evolve', '快递业务末端网点备案许可', [10, 20], {
    history: 'evolving',
    fees: [fee('F-EV', 100, '工本费')],
  }),
  item('evolvelong', '机动车检验机构资格许可', [20, 20], { history: 'evolving' }),
  item('retired', '户外横幅悬挂审批', [10, 20], { history: 'retired' }),
];
