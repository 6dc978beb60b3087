import { validateSync } from 'class-validator';
import { AddMemberDto } from './add-member.dto.js';

const VALID = { nodeId: 'node4', address: '127.0.0.1:9004', roles: ['locks', 'queues'] };

function wrongFields(changes: object): readonly string[] {
  const body = Object.assign(new AddMemberDto(), VALID, changes);
  return validateSync(body).map(({ property }) => property);
}

describe('AddMemberDto', () => {
  it.each([
    {},
    { address: '[::1]:9004' },
    { address: 'node4.internal:9001' },
    { roles: ['ledger'] },
  ])('takes %j', (changes) => {
    expect(wrongFields(changes)).toEqual([]);
  });

  it.each([
    [{ nodeId: 'Node4' }, 'nodeId'],
    [{ nodeId: '' }, 'nodeId'],
    [{ nodeId: 4 }, 'nodeId'],
    [{ address: '127.0.0.1' }, 'address'],
    [{ address: '127.0.0.1:0' }, 'address'],
    [{ address: 'http://node4:9004' }, 'address'],
    [{ address: '300.1.1.1:9004' }, 'address'],
    [{ address: null }, 'address'],
    [{ roles: [] }, 'roles'],
    [{ roles: ['locks', 'locks'] }, 'roles'],
    [{ roles: ['cooking'] }, 'roles'],
    [{ roles: 'locks' }, 'roles'],
    [{ roles: undefined }, 'roles'],
  ])('refuses %j', (changes, field) => {
    expect(wrongFields(changes)).toEqual([field]);
  });
});
