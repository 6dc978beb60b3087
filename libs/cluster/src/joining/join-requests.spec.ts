import { parseConfiguration } from '@sinkron/config';
import { MalformedError, type ConsensusService } from '@sinkron/consensus';
import { ProblemError } from '@sinkron/http';
import type { PeerTransport, RequestHandler } from '@sinkron/transport';
import type { FormationReport } from '../core/formation.js';
import type { MembersCommand } from '../core/members/members-command.js';
import type { ListedMember, MembersList } from '../core/members/members-list.js';
import { reportTuple } from '../formation/formation-codec.js';
import { FORMATION_METHOD, type FormationService } from '../formation/formation.service.js';
import type { KnownCluster } from '../members/known-cluster.js';
import type { MemberCommands } from '../members/member-commands.js';
import type { LeaderCall, LeaderRequest } from '../routing/leader-call.js';
import { joinRequestTuple, readJoinReply, type JoinReply } from './join-codec.js';
import { JOIN_METHOD, JoinRequests } from './join-requests.js';

const CONFIGURATION = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node1' });
const SETTINGS = {
  shards: 8,
  replicationFactor: 3,
  queueStore: 'replicated',
  cacheStore: 'replicated',
  formatVersion: 1,
  heartbeatMs: 50,
};
const NODE4 = { nodeId: 'node4', diskId: 'd4', roles: ['locks'] };

function member(nodeId: string, changes: Partial<ListedMember> = {}): ListedMember {
  const address = `127.0.0.1:900${nodeId.slice(4)}`;
  return {
    nodeId,
    address,
    roles: ['locks'],
    diskId: `d${nodeId.slice(4)}`,
    leaving: false,
    ...changes,
  };
}

/** node1, which leads; who answers at the address of node4 has the disk `answering`. */
class Bench {
  readonly commands: MembersCommand[] = [];
  list: MembersList;
  answering: string | null = 'd4';
  deposed = false;
  private readonly handlers = new Map<string, RequestHandler>();

  constructor(...others: readonly ListedMember[]) {
    this.list = { version: 1, members: [member('node1'), ...others], families: [] };
    const known = { standing: 'member', clusterId: 'cluster-a' };
    Object.defineProperty(known, 'list', { get: () => this.list });
    const transport = {
      handle: (method: string, handler: RequestHandler) => this.handlers.set(method, handler),
      request: async (_to: string, method: string) => {
        expect(method).toBe(FORMATION_METHOD);
        if (this.answering === null) throw new Error('not reached');
        return reportTuple(this.report(this.answering));
      },
    };
    const requests = new JoinRequests(
      CONFIGURATION,
      known as unknown as KnownCluster,
      transport as unknown as PeerTransport,
      {
        group: () => ({ raft: { roleName: 'leader', leader: null, term: 4 } }),
        read: async () => ({ kind: this.deposed ? 'refused' : 'ready' }),
      } as unknown as ConsensusService,
      { settings: SETTINGS } as unknown as FormationService,
      {
        call: async (request: LeaderRequest<{ kind: string }>) => {
          const reply = await request.local();
          if (reply.kind === 'refused') throw new ProblemError('NO_LEADER', 'nobody leads');
          return { reply };
        },
      } as unknown as LeaderCall,
      {
        run: async (command: MembersCommand & { kind: 'disk' }) => {
          this.commands.push(command);
          const members = this.list.members.map((each) =>
            each.nodeId === command.nodeId ? { ...each, diskId: command.diskId } : each,
          );
          this.list = { version: 2, members, families: [] };
          return { kind: 'accepted' };
        },
      } as unknown as MemberCommands,
    );
    requests.onModuleInit();
  }

  async ask(applicant = NODE4, from = 'node4', settings = SETTINGS): Promise<JoinReply> {
    const handler = this.handlers.get(JOIN_METHOD);
    const body = joinRequestTuple({ applicant, settings });
    return readJoinReply(await handler?.(from as never, body, { deadlineMs: 1000 }));
  }

  private report(diskId: string): FormationReport {
    return { ...NODE4, diskId, peers: '', settings: SETTINGS, seen: [], record: null };
  }
}

describe('JoinRequests', () => {
  it('lets a node in that was added, with the disk that answers at its address', async () => {
    const bench = new Bench(member('node4', { diskId: null }));
    const reply = await bench.ask();
    expect(reply).toEqual({ kind: 'admitted', told: { clusterId: 'cluster-a', list: bench.list } });
    expect(bench.commands).toEqual([{ kind: 'disk', nodeId: 'node4', diskId: 'd4' }]);
    expect(await bench.ask()).toEqual(reply);
    expect(bench.commands).toHaveLength(1);
  });

  it('lets a node come back with another disk once nobody answers with the old one', async () => {
    const bench = new Bench(member('node4', { diskId: 'old' }));
    // Breaks otherwise: a second process under the name of a living one takes its place.
    bench.answering = 'old';
    expect(await bench.ask()).toMatchObject({ kind: 'waiting' });
    bench.answering = null;
    expect(await bench.ask()).toEqual({
      kind: 'waiting',
      reason: 'nobody answers for it at 127.0.0.1:9004, where it was added',
    });
    expect(bench.commands).toEqual([]);
    bench.answering = 'd4';
    expect(await bench.ask()).toMatchObject({ kind: 'admitted' });
  });

  it('lets nobody in who was not added, or is on its way out', async () => {
    expect(await new Bench().ask()).toMatchObject({
      kind: 'waiting',
      reason: expect.stringContaining('nobody has added it') as string,
    });
    expect(await new Bench(member('node4', { leaving: true })).ask()).toEqual({
      kind: 'waiting',
      reason: 'it is being removed',
    });
  });

  // Breaks otherwise: by its old list, a leader that was deposed rejects a node that was added anew with
  // other roles, and that ends.
  it('rejects nobody by the list of a leader that was deposed', async () => {
    const bench = new Bench(member('node4', { roles: ['queues'] }));
    bench.deposed = true;
    expect(await bench.ask()).toEqual({ kind: 'waiting', reason: 'nobody leads' });
    bench.deposed = false;
    expect(await bench.ask()).toMatchObject({ kind: 'refused' });
  });

  it('refuses other settings, other roles, and who asks for another', async () => {
    const bench = new Bench(member('node4', { diskId: null }));
    expect(await bench.ask(NODE4, 'node4', { ...SETTINGS, shards: 4 })).toEqual({
      kind: 'refused',
      reason: 'SHARDS is 4 on this node but 8 in the cluster that node1 belongs to',
    });
    expect(await bench.ask({ ...NODE4, roles: ['queues'] })).toEqual({
      kind: 'refused',
      reason:
        'ROLES is queues, but node4 was added to the cluster with locks: set ROLES to that, or remove the member and add it anew',
    });
    await expect(bench.ask(NODE4, 'node5')).rejects.toThrow(MalformedError);
  });
});
