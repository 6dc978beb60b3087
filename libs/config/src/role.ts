/** What a node does for the cluster; a node may have several roles. */
export type Role = 'locks' | 'queues' | 'caches' | 'ledger';

/** Every role, in the order in which they are shown. */
export const ROLES: readonly Role[] = Object.freeze(['locks', 'queues', 'caches', 'ledger']);
