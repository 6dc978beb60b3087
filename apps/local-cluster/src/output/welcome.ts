import type { NodePlan } from '../plan/cluster-plan.js';
import { formatTable } from './table.js';

/** One row of the table of nodes. */
export interface NodeRow {
  readonly plan: NodePlan;
  /** Undefined when it does not run. */
  readonly pid: number | undefined;
  /** `running`, `paused`, or why it does not run. */
  readonly state: string;
}

/** Who leads the coordination group, as the nodes say; null when none knows. */
export type Leader = { readonly nodeId: string; readonly term: number } | null;

export function nodeTable(rows: readonly NodeRow[], leader: Leader): string {
  return formatTable([
    ['NODE', 'URL', 'PID', 'ROLES', 'STATE', 'LEADER'],
    ...rows.map(({ plan, pid, state }) => [
      plan.nodeId,
      plan.httpUrl,
      pid === undefined ? '-' : String(pid),
      plan.roles.join(','),
      state,
      leader?.nodeId === plan.nodeId ? `* term ${leader.term}` : '',
    ]),
  ]);
}

/** What is printed once every node is ready. */
export function welcomeText(
  rows: readonly NodeRow[],
  leader: Leader,
  dataFolder: string,
  elapsedMs: number,
): string {
  const [first] = rows;
  if (first === undefined) return '';
  const count = rows.length === 1 ? '1 node is' : `${rows.length} nodes are`;
  return `
Sinkron: ${count} ready after ${(elapsedMs / 1_000).toFixed(1)} s.

${nodeTable(rows, leader)}

  Swagger UI   ${first.plan.httpUrl}/docs
  Data folder  ${dataFolder} (kept when the cluster stops; --fresh empties it)

Try in another terminal:

${examples(rows, leader)}

Here: status, kill 2, pause 2, start 2, help. Ctrl-C stops all nodes and keeps the data.
`;
}

function examples(rows: readonly NodeRow[], leader: Leader): string {
  const [first] = rows;
  const other = rows[2] ?? rows.at(-1);
  if (first === undefined || other === undefined) return '';
  const leaderRow = rows.find(({ plan }) => plan.nodeId === leader?.nodeId) ?? first;
  const survivor = rows.find((row) => row !== leaderRow) ?? leaderRow;
  const lines = [
    `  # take a lock, on ${first.plan.nodeId}`,
    `  curl --json '{"owner":"alice","ttlMs":600000}' ${first.plan.httpUrl}/v1/locks/demo/acquire`,
    `  # read it, on ${other.plan.nodeId}`,
    `  curl ${other.plan.httpUrl}/v1/locks/demo`,
  ];
  const ask = `curl ${survivor.plan.httpUrl}/v1/cluster/leader`;
  if (rows.length < 3) {
    // Killing one of one or two nodes leaves no majority: there would be no new leader to ask for.
    return [...lines, '  # ask for the leader', `  ${ask}`].join('\n');
  }
  return [
    ...lines,
    `  # kill the leader, ${leaderRow.plan.nodeId}, and ask for the new one`,
    `  kill -9 ${leaderRow.pid ?? ''}; sleep 2; ${ask}`,
  ].join('\n');
}
