import type { WaitForGraph } from '../core/commands/lock-view.js';
import { problem } from '../testing/answers.js';
import { LocksHttp } from '../testing/locks-http.js';

const edges = [{ owner: 'one', waitsFor: 'two', lock: 'a' }];

describe('GET /v1/wait-for-graph', () => {
  let graph: WaitForGraph = { nodes: ['one', 'two'], edges, truncated: false };
  const asked: string[] = [];
  let http: LocksHttp;

  beforeAll(async () => {
    const answer = async (options: { consistency: string }): Promise<WaitForGraph> => {
      asked.push(options.consistency);
      return graph;
    };
    http = await LocksHttp.start({ locks: { graph: answer } });
  });
  afterAll(() => http.stop());

  it('answers who waits for whom', async () => {
    const answer = await http.get('/wait-for-graph');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ nodes: ['one', 'two'], edges });
    await http.get('/wait-for-graph?consistency=stale');
    expect(asked).toEqual(['linearizable', 'stale']);
  });

  it('says when there are more edges than it lists', async () => {
    graph = { ...graph, truncated: true };
    expect((await http.get('/wait-for-graph')).body).toEqual({
      nodes: ['one', 'two'],
      edges,
      truncated: true,
    });
  });

  it('knows no other parameter', async () => {
    expect(await http.get('/wait-for-graph?prefix=a')).toMatchObject(
      problem(400, 'VALIDATION_FAILED'),
    );
  });
});
