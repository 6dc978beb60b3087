import { readEnds, readOperations } from './read-history.js';

const CALL = { topic: 't', from: 1, until: 2, outcome: 'done' };
const PUBLISH = {
  ...CALL,
  kind: 'publish',
  messages: [{ value: 'a', key: null, id: 't-1', delayed: false }],
};
const RECEIVE = {
  ...CALL,
  kind: 'receive',
  group: 'g',
  visibilityMs: 3_000,
  messages: [{ id: 't-1', value: 'a', key: 'k', deliveries: 1, receipt: 'r' }],
};
const ACK = { ...CALL, kind: 'ack', group: 'g', receipts: [{ receipt: 'r', acted: null }] };
const END = { topic: 't', group: 'g', values: ['a'], deadLetters: [], deadLettered: 0 };

describe('readOperations', () => {
  it('reads what was written', () => {
    const operations = [PUBLISH, RECEIVE, ACK];
    const text = operations.map((operation) => `${JSON.stringify(operation)}\n`).join('');
    expect(readOperations(text)).toEqual(operations);
  });

  it.each([
    { ...PUBLISH, kind: 'send' },
    { ...PUBLISH, outcome: 'perhaps' },
    { ...PUBLISH, messages: [{ value: 'a' }] },
    { ...RECEIVE, group: null },
    { ...RECEIVE, visibilityMs: '3' },
    { ...ACK, receipts: [{ receipt: 'r', acted: 'yes' }] },
    'text',
  ])('refuses another line: %j', (operation) => {
    const text = `${JSON.stringify(PUBLISH)}\n${JSON.stringify(operation)}\n`;
    expect(() => readOperations(text)).toThrow(
      `line 2 is no operation: ${JSON.stringify(operation)}`,
    );
  });
});

describe('readEnds', () => {
  it('reads what was written, and refuses anything else', () => {
    expect(readEnds(JSON.stringify([END]))).toEqual([END]);
    expect(() => readEnds(JSON.stringify([{ ...END, values: [1] }]))).toThrow('this is no list');
    expect(() => readEnds('{}')).toThrow('this is no list');
  });
});
