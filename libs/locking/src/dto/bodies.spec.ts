import 'reflect-metadata';
import { ValidationPipe, type Type } from '@nestjs/common';
import { BodyValidationPipe, ProblemError, type FieldError } from '@sinkron/http';
import type { ValidationError } from 'class-validator';
import * as fc from 'fast-check';
import { CreateSessionDto, NoFieldsDto } from '../sessions/dto/create-session.dto.js';
import { AcquireLockDto } from './acquire-lock.dto.js';
import { AcquireMultiLockDto, ReleaseMultiLockDto, RenewMultiLockDto } from './multi-lock.dto.js';
import { ReleaseLockDto } from './release-lock.dto.js';
import { RenewLockDto } from './renew-lock.dto.js';

/** What Nest's own pipe finds wrong. */
async function fieldsByNest(type: Type, body: object): Promise<readonly string[]> {
  const fields = new Set<string>();
  const note = (faults: readonly ValidationError[], parent: string): void => {
    for (const { property, target, constraints, children } of faults) {
      const name = Array.isArray(target) ? `[${property}]` : property;
      const field = parent === '' || Array.isArray(target) ? parent + name : `${parent}.${name}`;
      if (constraints !== undefined) fields.add(field);
      note(children ?? [], field);
    }
  };
  const pipe = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    exceptionFactory: (faults: ValidationError[]) => {
      note(faults, '');
      return new Error('refused');
    },
  });
  await pipe.transform(structuredClone(body), { type: 'body', metatype: type }).catch(() => {});
  return [...fields].toSorted();
}

/** What our pipe, whose checks are compiled, finds wrong. */
async function fieldsByUs(type: Type, body: object): Promise<readonly string[]> {
  try {
    await new BodyValidationPipe().transform(body, { type: 'body', metatype: type });
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const errors = error.details()['errors'] as readonly FieldError[];
    return [...new Set(errors.map(({ field }) => field))].toSorted();
  }
}

const wrong = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 'x', 0, -1, 1.5, 1e300, [], {}, '\ud800'),
  fc.string(),
  fc.integer(),
  fc.string({ minLength: 120, maxLength: 300 }),
);

function mostly(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: wrong });
}

const text = mostly(fc.string({ minLength: 1, maxLength: 128 }));
const name = mostly(fc.stringMatching(/^[a-z/]{1,20}$/));
const token = mostly(fc.integer({ min: 1, max: 2 ** 53 - 1 }));
const mode = mostly(fc.constantFrom('exclusive', 'shared'));
const metadata = mostly(fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }));
const integer = (min: number, max: number) => mostly(fc.integer({ min, max }));

const common = {
  owner: text,
  sessionId: text,
  ttlMs: integer(100, 86_400_000),
  waitMs: integer(0, 300_000),
  lockDelayMs: integer(0, 60_000),
  metadata,
};
const wanted = fc.record({ name, mode }, { requiredKeys: ['name'] });
const claimed = fc.record({ name, token });
const listOf = (item: fc.Arbitrary<unknown>) =>
  mostly(fc.array(mostly(item), { minLength: 1, maxLength: 64, size: 'small' }));

/** A body of these fields, now and then with an unknown one or without one that it needs. */
function bodies(fields: Record<string, fc.Arbitrary<unknown>>, needed: readonly string[]) {
  return fc.oneof(
    { weight: 6, arbitrary: fc.record(fields, { requiredKeys: [...needed] }) },
    { weight: 1, arbitrary: fc.record({ ...fields, color: wrong }, { requiredKeys: [] }) },
  );
}

describe('the body of', () => {
  it.each<readonly [Type, fc.Arbitrary<object>]>([
    [AcquireLockDto, bodies({ ...common, mode }, ['owner'])],
    [AcquireMultiLockDto, bodies({ ...common, locks: listOf(wanted) }, ['owner', 'locks'])],
    [ReleaseLockDto, bodies({ owner: text, token }, ['owner', 'token'])],
    [RenewLockDto, bodies({ owner: text, token, ttlMs: common.ttlMs }, ['owner', 'token'])],
    [ReleaseMultiLockDto, bodies({ owner: text, locks: listOf(claimed) }, ['owner', 'locks'])],
    [
      RenewMultiLockDto,
      bodies({ owner: text, locks: listOf(claimed), ttlMs: common.ttlMs }, ['owner', 'locks']),
    ],
    [
      CreateSessionDto,
      bodies({ ttlMs: integer(1_000, 3_600_000), lockDelayMs: integer(0, 60_000), name: text }, []),
    ],
    [NoFieldsDto, bodies({}, [])],
  ])('%p is taken and refused as class-validator does', async (type, body) => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        const fields = await fieldsByUs(type, value);
        expect(fields).toEqual(await fieldsByNest(type, value));
        if (fields.length === 0) taken += 1;
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(taken).toBeGreaterThan(30);
    expect(taken).toBeLessThan(300);
  });
});
