import { setTimeout as delay } from 'node:timers/promises';
import type { WireAnswer } from '../wire/answer-reader.js';
import { WireConnection } from '../wire/wire-connection.js';

/** What a client does that does not speak HTTP as it should. */
export interface WireScript {
  readonly label: string;
  /** Written one after the other, in packets of their own. */
  readonly packets: readonly Buffer[];
  readonly pauseMs: number;
  /** It goes away without a word behind the last packet; else it ends its side and listens. */
  readonly vanishes: boolean;
  /** Exactly so many answers must come; null: any number. */
  readonly answers: number | null;
}

export interface ScriptResult {
  readonly answers: readonly WireAnswer[];
  readonly faults: readonly string[];
}

/** Milliseconds in which a server must end a connection whose client has ended its side. */
const CLOSE_DEADLINE_MS = 20_000;

/** Plays a script; the server must answer as HTTP says, if at all, and end the connection. */
export async function play(port: number, script: WireScript): Promise<ScriptResult> {
  const connection = new WireConnection(port);
  for (const packet of script.packets) {
    if (connection.closed) break;
    connection.write(packet);
    if (script.pauseMs > 0) await delay(script.pauseMs);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  if (script.vanishes) {
    connection.destroy();
    return { answers: [], faults: [] };
  }
  // With its own end, the client of a pipeline would say that it does not want the answers.
  if (script.answers === null) connection.end();
  const answers: WireAnswer[] = [];
  for (;;) {
    const outcome = await connection.answer(false, CLOSE_DEADLINE_MS);
    switch (outcome.kind) {
      case 'answered':
        answers.push(outcome.answer);
        if (answers.length !== script.answers) continue;
        connection.destroy();
        return { answers, faults: [] };
      case 'closed':
        return { answers, faults: countFaults(script, answers.length) };
      case 'left':
        return { answers, faults: ['the server did not end the connection'] };
      case 'broken':
        return { answers, faults: [outcome.error.message] };
    }
  }
}

function countFaults({ answers }: WireScript, count: number): readonly string[] {
  return answers === null || answers === count ? [] : [`${count} answers of ${answers}`];
}
