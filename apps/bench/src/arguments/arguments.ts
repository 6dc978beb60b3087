import { parseArgs } from 'node:util';
import { KILLS_MAX, NODES_MAX, ROUNDS_MAX, SECONDS_MAX } from '../limits.js';

/** What the user asked for, validated. */
export interface BenchOptions {
  /** Times that every scenario is run with every system, the systems taking turns. */
  readonly rounds: number;
  /** Of measuring in one scenario of one round. */
  readonly seconds: number;
  /** Sizes of our clusters; the first is the one that ratios are made of. */
  readonly nodes: readonly number[];
  /** Leader kills for each system that has a leader. */
  readonly kills: number;
  /** Scenarios to run, by the beginning of their id; empty: all. */
  readonly only: readonly string[];
  /** Whether etcd and Redis run too, where they are installed. */
  readonly peers: boolean;
  /** Where the results are written as JSON. */
  readonly jsonFile: string | null;
  /** Document whose tables are replaced. */
  readonly documentFile: string | null;
  /** main.js of another build of the server. */
  readonly serverFile: string | null;
}

export type Arguments =
  { readonly kind: 'help' } | { readonly kind: 'locks' | 'queues'; readonly options: BenchOptions };

/** What the bench will not do, in one sentence that ends with the way out. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export const HELP = `npm run bench -- locks|queues [options]

  Measures fresh clusters of this build and, where they are installed, for locks etcd (3 nodes) and
  Redis (1 node), for queues NATS JetStream (3 nodes, as it comes and flushing before it answers), one
  after the other in each round. Nothing else should run on the machine.

  --rounds <n>       rounds of all scenarios (3)
  --seconds <s>      measuring time of a scenario in a round (5)
  --nodes <n,…>      sizes of our clusters; ratios are made of the first (3,4)
  --kills <n>        leader kills for each system (20)
  --only <id,…>      only scenarios whose id begins so: pairs-64, open-loop, hand-over, shared,
                     renew, failover, sessions, held-locks, members, …; publish, consume,
                     end-to-end, backlog
  --no-peers         no other system
  --json <file>      writes everything as JSON
  --document <file>  replaces the tables in this Markdown document
  --server <file>    main.js of another build of the server
  --help
`;

/**
 * Reads the command line.
 *
 * @throws Refusal
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = readOptions(argv);
  if (values.help) return { kind: 'help' };
  const [topic, ...rest] = positionals;
  if ((topic !== 'locks' && topic !== 'queues') || rest.length > 0) {
    const given = positionals.join(' ');
    throw new Refusal(
      `There is a bench for locks and one for queues, not for "${given}": npm run bench -- locks.`,
    );
  }
  const nodes = (values.nodes ?? '3,4').split(',');
  return {
    kind: topic,
    options: {
      rounds: integer('--rounds', values.rounds ?? '3', 1, ROUNDS_MAX),
      seconds: integer('--seconds', values.seconds ?? '5', 1, SECONDS_MAX),
      nodes: nodes.map((text) => integer('--nodes', text, 1, NODES_MAX)),
      kills: integer('--kills', values.kills ?? '20', 0, KILLS_MAX),
      only: values.only?.split(',') ?? [],
      peers: values['no-peers'] !== true,
      jsonFile: values.json ?? null,
      documentFile: values.document ?? null,
      serverFile: values.server ?? null,
    },
  };
}

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        nodes: { type: 'string' },
        kills: { type: 'string' },
        only: { type: 'string' },
        'no-peers': { type: 'boolean' },
        json: { type: 'string' },
        document: { type: 'string' },
        server: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [sentence = ''] = messageOf(error).split(/\.\s|\n/);
    throw new Refusal(
      `${sentence.replace(/\.$/, '')}: npm run bench -- --help lists what can be given.`,
      { cause: error },
    );
  }
}

/** Not `instanceof Error`: in Jest the errors of Node are of another realm. */
function messageOf(error: unknown): string {
  const named = typeof error === 'object' && error !== null && 'message' in error ? error : null;
  return typeof named?.message === 'string' ? named.message : String(error);
}

function integer(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < min || value > max) {
    throw new Refusal(`${option} is "${text}": give a whole number from ${min} to ${max}.`);
  }
  return value;
}
