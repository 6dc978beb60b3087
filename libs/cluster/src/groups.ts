/** The group that orders members, configurations, sessions and locks. */
export const COORDINATION_GROUP = 'coordination';
