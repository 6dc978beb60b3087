import { inColour, plain } from './colour.js';
import { LineSplitter } from './line-splitter.js';
import { formatLogLine } from './log-line.js';

const NODE2 = { number: 2, nodeId: 'node2' };
const TIME = new Date(2026, 0, 2, 3, 4, 5, 67).getTime();

function format(fields: Record<string, unknown>): string {
  const line = JSON.stringify({ level: 30, time: TIME, pid: 1, hostname: 'h', ...fields });
  return formatLogLine(NODE2, line, plain);
}

describe('formatLogLine', () => {
  it('shows time, node, level, message and the other fields', () => {
    expect(format({ msg: 'leads', nodeId: 'node2', term: 7, group: 'a b', peer: 'node1' })).toBe(
      '03:04:05.067 node2 INFO  leads term=7 group="a b" peer=node1',
    );
  });

  it.each([
    [60, 'FATAL'],
    [50, 'ERROR'],
    [45, 'WARN '],
    [20, 'DEBUG'],
    [10, 'TRACE'],
  ])('names level %d', (level, name) => {
    expect(format({ level, msg: 'm' })).toBe(`03:04:05.067 node2 ${name} m`);
  });

  it('puts the stack of an error under the line', () => {
    expect(format({ msg: 'broke', err: { type: 'Error', stack: 'Error: x\n    at y' } })).toBe(
      '03:04:05.067 node2 INFO  broke\n    Error: x\n        at y',
    );
  });

  it('makes control characters harmless', () => {
    expect(format({ msg: '\u001B[2Jgone', name: 'a\nb' })).toBe(
      '03:04:05.067 node2 INFO  \\x1b[2Jgone name="a\\nb"',
    );
  });

  it.each(['Segmentation fault', '{"level":30', '{"time":1}', '[]', ''])(
    'shows %j, which is no log line, as it is',
    (line) => {
      expect(formatLogLine(NODE2, line, plain)).toBe(`             node2 ${line}`);
    },
  );

  it('colours the node and the level', () => {
    const line = JSON.stringify({ level: 50, time: TIME, msg: 'no' });
    expect(formatLogLine(NODE2, line, inColour)).toBe(
      '\u001B[2m03:04:05.067\u001B[22m \u001B[35mnode2\u001B[39m \u001B[31mERROR\u001B[39m no',
    );
  });
});

describe('LineSplitter', () => {
  it('joins chunks and cuts lines', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (const chunk of ['a', 'b\nc\r\n', '\nd']) splitter.push(chunk);
    expect(lines).toEqual(['ab', 'c', '']);
    splitter.end();
    splitter.end();
    expect(lines).toEqual(['ab', 'c', '', 'd']);
  });

  it('never keeps a line without end', () => {
    const lengths: number[] = [];
    const splitter = new LineSplitter((line) => lengths.push(line.length));
    splitter.push('x'.repeat(150_000));
    splitter.push(`${'y'.repeat(70_000)}\n`);
    expect(lengths).toEqual([65_536, 65_536, 65_536, 23_392]);
  });
});
