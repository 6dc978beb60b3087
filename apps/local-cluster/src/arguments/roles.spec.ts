import { ALL_ROLES, parseRoles } from './roles.js';

describe('parseRoles', () => {
  it('knows the four roles in their order', () => {
    expect(ALL_ROLES).toEqual(['locks', 'queues', 'caches', 'ledger']);
  });

  it('gives all roles to every node by default', () => {
    expect(parseRoles(undefined, 2)).toEqual([ALL_ROLES, ALL_ROLES]);
  });

  it('gives one list to every node, sorted and without doubles', () => {
    expect(parseRoles('queues, locks,queues', 2)).toEqual([
      ['locks', 'queues'],
      ['locks', 'queues'],
    ]);
  });

  it('gives lists by node, and all roles to the rest', () => {
    expect(parseRoles('node3:ledger; node1:locks,caches;', 3)).toEqual([
      ['locks', 'caches'],
      ALL_ROLES,
      ['ledger'],
    ]);
  });

  it.each([
    [
      'locks,boss',
      '--roles has "boss" where a role should be: use any of locks, queues, caches, ledger, separated by commas.',
    ],
    [
      '',
      '--roles has "" where a role should be: use any of locks, queues, caches, ledger, separated by commas.',
    ],
    [
      'node1:',
      '--roles has "" where a role should be: use any of locks, queues, caches, ledger, separated by commas.',
    ],
    [
      'node4:locks',
      '--roles names "node4", but the nodes are node1 to node3: write for example --roles "node1:locks,queues;node2:ledger".',
    ],
    [
      'queues',
      '--roles gives the role locks to no node, and without it nobody coordinates the cluster: give it to at least one node.',
    ],
  ])('refuses "%s"', (text, sentence) => {
    expect(() => parseRoles(text, 3)).toThrow(sentence);
  });
});
