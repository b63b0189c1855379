/** Parties, officers, materials and limits that several examples share; all invented. */
export const applicant = {
  kind: 'legal',
  name: '保定市莲池区晨光餐饮有限公司',
  idType: '统一社会信用代码',
  idNo: 'tok:6f1d0c',
  contact: 'tok:a81b27',
  isAgent: false,
};
export const form = {
  code: 'CL-01',
  name: '食品经营许可申请书',
  required: true,
  form: 'paper',
  status: 'received',
};
export const layout = {
  code: 'CL-02',
  name: '经营场所布局图',
  required: true,
  form: 'electronic',
  status: 'missing',
  dueOn: '2025-09-12',
};
export const licence = {
  code: 'CL-03',
  name: '营业执照',
  required: true,
  form: 'shared',
  status: 'received',
};
export const inspectors = [
  { staffNo: 'SP-0117', name: '周敏', post: '核查员', unitCode: 'BD-SPJ-HC' },
  { staffNo: 'SP-0121', name: '吴刚', post: '核查员', unitCode: 'BD-SPJ-HC' },
];
export const approver = { staffNo: 'SP-0003', name: '郑海', post: '副局长', unitCode: 'BD-SPJ' };
export const promised = { value: 10, unit: 'G' };
export const statutory = { value: 20, unit: 'G' };
