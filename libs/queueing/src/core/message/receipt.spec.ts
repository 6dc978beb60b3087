import { readReceipt, receiptText } from './receipt.js';

const RECEIPT = { topicId: 1, groupId: 2, deliveryId: 1_000, sequence: 36 };

describe('Receipts', () => {
  it('carry the message of a delivery', () => {
    expect(receiptText(RECEIPT)).toBe('1-2-rs-10-1it7y3x');
    expect(readReceipt(receiptText(RECEIPT))).toEqual(RECEIPT);
    const large = Number.MAX_SAFE_INTEGER;
    const largest = {
      topicId: large,
      groupId: large,
      deliveryId: large,
      sequence: large,
    };
    expect(readReceipt(receiptText(largest))).toEqual(largest);
  });

  it('are malformed when any character is changed, missing or added', () => {
    const text = receiptText(RECEIPT);
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === '3' ? '4' : '3';
      for (const changed of [other, '', `${text[at]}3`]) {
        const wrong = text.slice(0, at) + changed + text.slice(at + 1);
        expect([wrong, readReceipt(wrong)]).toEqual([wrong, undefined]);
      }
    }
    for (const wrong of ['', `${text}\n`, text.toUpperCase(), '1-2-rs-10', 'x']) {
      expect(readReceipt(wrong)).toBeUndefined();
    }
  });
});
