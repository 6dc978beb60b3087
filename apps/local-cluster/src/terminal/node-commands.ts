import { unreachable } from '@sinkron/invariant';
import type { LocalCluster } from '../local-cluster.js';
import type { NodeProcess } from '../node/node-process.js';
import type { NodeAction } from './command.js';

/**
 * Does what the terminal was told to do with one node.
 *
 * @param print called with what happened, as it happens.
 * @param signal aborted when the cluster stops, which ends the wait for readiness.
 */
export async function runNodeAction(
  cluster: LocalCluster,
  node: NodeProcess,
  action: NodeAction,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const name = node.plan.nodeId;
  const { kind } = node.state;
  const runs = kind === 'running' || kind === 'paused';
  if (action !== 'start' && !runs) {
    print(`${name} does not run: type start ${node.plan.number}.`);
    return;
  }
  switch (action) {
    case 'kill':
      await node.kill();
      return;
    case 'pause':
      node.pause();
      print(`${name} is paused (SIGSTOP): type resume ${node.plan.number} to let it go on.`);
      return;
    case 'resume':
      print(kind === 'paused' ? `${name} goes on.` : `${name} is not paused.`);
      node.resume();
      return;
    case 'stop':
      if (!(await node.stop())) print(`${name} did not stop in time and was killed.`);
      return;
    case 'start':
      await startAgain(cluster, node, print, signal);
      return;
    default:
      unreachable(action);
  }
}

async function startAgain(
  cluster: LocalCluster,
  node: NodeProcess,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const name = node.plan.nodeId;
  switch (node.state.kind) {
    case 'running':
      print(`${name} runs already.`);
      return;
    case 'stopping':
      print(`${name} is still stopping: try again in a moment.`);
      return;
    case 'paused':
      node.resume();
      print(`${name} goes on.`);
      return;
    case 'new':
    case 'ended': {
      node.start();
      const failures = await cluster.untilReady(signal, [node]);
      // A node that died has been reported by its exit.
      if (node.pid === undefined || signal.aborted) return;
      print(failures.length === 0 ? `${name} is ready.` : `${name} is not ready yet.`);
      return;
    }
    default:
      unreachable(node.state);
  }
}
