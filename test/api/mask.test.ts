import { describe, expect, it } from '@jest/globals';
import { maskData, maskName, maskNumber, maskText } from '../../apps/api/privacy/mask.js';

describe('personal data', () => {
  it('show a name by its first character alone, whatever its length', () => {
    expect(['王小明', '欧阳', 'Zhang San', '𠮷野', ''].map(maskName)).toEqual([
      '王*',
      '欧*',
      'Z*',
      '𠮷*',
      '',
    ]);
  });

  it('show of a number its last four', () => {
    expect(['130602198801011234', '1234', ''].map(maskNumber)).toEqual([
      '****1234',
      '****',
      '****',
    ]);
  });

  it('are masked wherever they stand, and staff numbers and public names stay', () => {
    const masked = maskData({
      applicant: {
        kind: 'natural',
        name: '王小明',
        idType: '身份证',
        idNo: '130602198801011234',
        contact: '13812345678',
        isAgent: false,
      },
      owner: { kind: 'legal', name: '晨光餐饮有限公司', idNo: '91130602MA0XXXXX1Y', contact: null },
      approver: { staffNo: 'SP-0003', name: '郑海', post: '副局长', unitCode: 'BD-SPJ' },
      inspectors: [{ staffNo: 'SP-0004', name: '李四', post: null, unitCode: 'BD-SPJ' }],
      materials: [{ code: 'CL-01', name: '营业执照', required: true }],
      changes: {
        phone: { before: '13812345678', after: '13900000000' },
        idNo: '130602198801011234',
      },
      opinion: '申请人王某,身份证130602198801011234,电话13812345678,同意。',
      amount: 12.5,
    });
    expect(masked).toEqual({
      applicant: {
        kind: 'natural',
        name: '王*',
        idType: '身份证',
        idNo: '****1234',
        contact: '****',
        isAgent: false,
      },
      owner: { kind: 'legal', name: '晨光餐饮有限公司', idNo: '****XX1Y', contact: null },
      approver: { staffNo: 'SP-0003', name: '郑*', post: '副局长', unitCode: 'BD-SPJ' },
      inspectors: [{ staffNo: 'SP-0004', name: '李*', post: null, unitCode: 'BD-SPJ' }],
      materials: [{ code: 'CL-01', name: '营业执照', required: true }],
      changes: { phone: { before: '****5678', after: '****0000' }, idNo: '****1234' },
      opinion: '申请人王某,身份证****1234,电话****5678,同意。',
      amount: 12.5,
    });
  });

  it('are not seen in codes of agencies and documents', () => {
    const codes = '11130602MB1234567P 11130600000000000X 000131013000 莲审收〔2025〕2201号';
    expect(maskText(codes)).toBe(codes);
  });
});
