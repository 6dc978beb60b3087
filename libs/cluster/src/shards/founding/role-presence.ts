import { Injectable, Logger } from '@nestjs/common';
import type { ListedMember } from '../../core/members/members-list.js';
import { COORDINATION_GROUP } from '../../groups.js';
import { KnownCluster } from '../../members/known-cluster.js';
import { LeaderWatch } from '../../routing/leader-watch.js';
import { ShardFamilies } from '../shard-families.js';

/** Tells callers at once of groups that the cluster cannot have, since no member has the role for them. */
@Injectable()
export class RolePresence {
  private readonly logger = new Logger('Members');
  private readonly absent = new Set<string>();

  constructor(
    private readonly families: ShardFamilies,
    private readonly known: KnownCluster,
    private readonly leaders: LeaderWatch,
  ) {}

  /** Looks at the members as they are now. */
  look(members: readonly ListedMember[]): void {
    const coordinated = members.some(({ roles }) => roles.includes('locks'));
    this.declare('locks', [COORDINATION_GROUP], !coordinated);
    for (const { name, role } of this.families.all()) {
      const founded = this.known.list?.families.some((family) => family.name === name) ?? false;
      const held = members.some(({ roles, diskId }) => roles.includes(role) && diskId !== null);
      // The coordination group has to found them.
      const absent = !founded && !(coordinated && held);
      this.declare(coordinated ? role : 'locks', this.families.groupsOf(name), absent);
    }
  }

  private declare(role: string, groups: readonly string[], absent: boolean): void {
    for (const group of groups) {
      if (absent) this.leaders.declareAbsent(group, role);
      else this.leaders.declarePresent(group);
    }
    const [first = ''] = groups;
    if (!absent) {
      this.absent.delete(first);
      return;
    }
    if (this.absent.has(first)) return;
    this.absent.add(first);
    const groupsText = first === COORDINATION_GROUP ? 'coordination group' : `groups like ${first}`;
    this.logger.warn(`no member has the role ${role}: the cluster has no ${groupsText}`);
  }
}
