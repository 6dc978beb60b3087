import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { startHttpApplication } from '../testing/http-application.js';
import { isDeeperThan } from './json-depth.js';

describe('Bodies', () => {
  let app: NestFastifyApplication;
  const acquire = (body: string | object) =>
    request(app.getHttpServer()).post('/v1/things/a/acquire').type('json').send(body);

  beforeAll(async () => {
    ({ app } = await startHttpApplication());
  });

  afterAll(() => app.close());

  const errors = async (body: string | object): Promise<unknown> => {
    const response = await acquire(body);
    expect(response.status).toBe(400);
    return response.body.errors;
  };

  it('become instances of their class, with its defaults', async () => {
    const { body } = await acquire({
      owner: 'o',
      parts: [{ name: 'p' }, { name: 'q', priority: 0 }],
    });
    expect(body.body).toEqual({
      owner: 'o',
      parts: [
        { name: 'p', priority: 4 },
        { name: 'q', priority: 0 },
      ],
    });
  });

  it('are refused with the path of every wrong field', async () => {
    const parts = [
      { name: 'p' },
      { name: '', priority: '5' },
      { priority: 10, extra: 1 },
      'text',
      { name: '.' },
    ];
    expect(await errors({ parts, more: {} })).toEqual([
      { field: 'parts[2].extra', message: 'is not a known field' },
      { field: 'more', message: 'is not a known field' },
      { field: 'owner', message: 'must be a string' },
      { field: 'parts[1].name', message: 'must be 1 to 256 bytes of UTF-8, not 0' },
      { field: 'parts[1].priority', message: 'must be an integer from 0 to 9' },
      { field: 'parts[2].name', message: 'must be a string' },
      { field: 'parts[2].priority', message: 'must be an integer from 0 to 9' },
      {
        field: 'parts[3]',
        message: 'each value in nested property parts must be either object or array',
      },
      { field: 'parts[4].name', message: 'must not be . or ..' },
    ]);
  });

  it.each(['"5"', '5.5', 'true', 'null', '[5]', '-1', '1e400', '{}'])(
    'are not coerced: %s is no integer from 0 to 9',
    async (value) => {
      expect(await errors(`{"owner":"o","parts":[{"name":"p","priority":${value}}]}`)).toEqual([
        { field: 'parts[0].priority', message: 'must be an integer from 0 to 9' },
      ]);
    },
  );

  it('with half a surrogate pair in a name are refused', async () => {
    expect(await errors('{"owner":"o","parts":[{"name":"\\ud800"}]}')).toEqual([
      { field: 'parts[0].name', message: 'must not contain unpaired surrogates' },
    ]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'with the field %s, which every object has, are refused',
    async (field) => {
      expect(await errors(`{"owner":"o","${field}":1}`)).toEqual([
        { field, message: 'is not a known field' },
      ]);
    },
  );

  it.each([
    '{"constructor":5,"prototype":[1],"toString":"x","then":{"y":1}}',
    '[{"constructor":{"name":"Object"}},[[]],null,"text",1.5]',
    '"text"',
    '{"__proto":1,"":{"a b":[{}]}}',
  ])('keep the JSON of the caller as it is: %s', async (note) => {
    const response = await acquire(`{"owner":"o","note":${note}}`);
    expect(JSON.stringify(response.body.body.note)).toBe(note);
  });

  it('list at most 100 errors', async () => {
    const response = await acquire({ owner: 'o', parts: Array(1_000).fill({ name: '' }) });
    expect(response.body.errors).toHaveLength(100);
    expect(response.body.detail).toBe(
      'parts[0].name must be 1 to 256 bytes of UTF-8, not 0 (and 999 more, see errors)',
    );
  });
});

describe('isDeeperThan', () => {
  it.each<[string, number, boolean]>([
    ['1', 0, false],
    ['{}', 0, true],
    ['{}', 1, false],
    ['{"a":[1,[2]]}', 2, true],
    ['{"a":[1,[2]]}', 3, false],
    ['[[],[],[]]', 2, false],
    ['["[[[[{{{{"]', 1, false],
    [String.raw`["\"[[[["]`, 1, false],
    [String.raw`["\\",[[]]]`, 2, true],
    [']]]][[', 1, false],
  ])('%s against %d', (text, depthMax, deeper) => {
    expect(isDeeperThan(text, depthMax)).toBe(deeper);
  });
});
