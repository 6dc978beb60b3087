import 'reflect-metadata';
import { ValidationPipe } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  registerDecorator,
  ValidateIf,
  ValidateNested,
  type ValidationError,
} from 'class-validator';
import * as fc from 'fast-check';
import { ProblemError, type FieldError } from '../problem/problem-error.js';
import { IsName } from '../request/name.js';
import { AnyJson } from './constraints/any-json.js';
import type { BodyClass } from './body-class.js';
import { BodyValidationPipe, fieldErrorsOf, judge } from './body-validation.pipe.js';
import { validInstance } from './compiled-body.js';
import { IsIntegerBetween } from './constraints/is-integer-between.js';
import { IsListOf } from './constraints/is-list-of.js';

class PartDto {
  @IsName()
  name!: string;

  @IsOptional()
  @IsIn(['low', 'high'])
  level?: string;
}

class BaseDto {
  @ValidateIf((body: BaseDto) => body.owner !== undefined || body.session === undefined)
  @IsString()
  @Length(1, 8)
  owner?: string;

  @ValidateIf((_body, value) => value !== undefined)
  @IsString()
  session?: string;

  @IsOptional()
  @IsIntegerBetween(1, 9)
  count?: number;
}

/** Everything that fields of a body may have. */
class ThingDto extends BaseDto {
  @IsListOf(() => PartDto, { countMin: 1, countMax: 3 })
  parts!: readonly PartDto[];

  @IsOptional()
  @ValidateNested()
  @Type(() => PartDto)
  main?: PartDto;

  @AnyJson()
  note?: unknown;

  @IsOptional()
  @IsBoolean()
  flag = true;

  @IsOptional()
  @Min(0)
  @Max(1)
  ratio?: number;

  @IsOptional()
  @Matches(/^[a-z]+$/)
  word?: string;
}

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    1,
    5,
    9,
    10,
    -1,
    0.5,
    '',
    'a',
    'abc',
    'low',
    '.',
    'x'.repeat(9),
  ),
  fc.string(),
);
const part = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      { name: fc.oneof(scalar, fc.constant('n')), level: scalar, extra: scalar },
      { requiredKeys: [] },
    ),
  },
  { weight: 5, arbitrary: fc.record({ name: fc.constantFrom('n', 'm') }) },
  scalar,
  fc.constantFrom([], [{ name: 'n' }], {}),
);
const validPart = fc.record(
  { name: fc.constantFrom('n', 'm'), level: fc.constantFrom('low', 'high') },
  { requiredKeys: ['name'] },
);
/** Mostly right, so that bodies of many fields are often right as a whole. */
function mostly(right: fc.Arbitrary<unknown>, wrong: fc.Arbitrary<unknown> = scalar) {
  return fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: wrong });
}

const parts = mostly(
  fc.array(validPart, { minLength: 1, maxLength: 3 }),
  // Of longer lists than these our pipe judges the first items only.
  fc.oneof(fc.array(part, { maxLength: 4 }), part),
);
const fields = {
  owner: mostly(fc.constant('one')),
  session: mostly(fc.constant('s')),
  count: mostly(fc.integer({ min: 1, max: 9 })),
  parts,
  main: mostly(validPart, part),
  note: fc.jsonValue(),
  flag: mostly(fc.boolean()),
  ratio: mostly(fc.constantFrom(0, 0.5, 1)),
  word: mostly(fc.constant('abc')),
};
const body = fc.oneof(
  { weight: 4, arbitrary: fc.record(fields, { requiredKeys: ['owner', 'parts'] }) },
  { weight: 1, arbitrary: fc.record({ ...fields, extra: scalar }, { requiredKeys: [] }) },
);

/** What Nest's own pipe finds wrong; empty when it takes the body. */
async function fieldsByNest(type: BodyClass, value: object): Promise<readonly string[]> {
  let errors: readonly FieldError[] = [];
  const pipe = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    exceptionFactory: (faults: ValidationError[]) => {
      errors = fieldErrorsOf(faults);
      return new Error('refused');
    },
  });
  await pipe.transform(structuredClone(value), { type: 'body', metatype: type }).catch(() => {});
  return [...new Set(errors.map(({ field }) => field))].toSorted();
}

/** What our pipe finds wrong. */
async function fieldsByUs(type: BodyClass, value: object): Promise<readonly string[]> {
  try {
    await new BodyValidationPipe().transform(value, { type: 'body', metatype: type });
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const errors = error.details()['errors'] as readonly FieldError[];
    return [...new Set(errors.map(({ field }) => field))].toSorted();
  }
}

describe('validInstance', () => {
  it('takes and refuses what class-validator takes and refuses', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        const judged = await judge(ThingDto, value).catch(() => undefined);
        const instance = validInstance(ThingDto, value);
        if (instance !== undefined) taken += 1;
        expect(instance).toEqual(judged);
        if (judged !== undefined) expect(Object.keys(instance ?? {})).toEqual(Object.keys(judged));
      }),
      { numRuns: 3_000, seed: 1 },
    );
    // Not only refusals were compared.
    expect(taken).toBeGreaterThan(300);
  });

  it('leaves the pipe with the answers of that of Nest', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        expect(await fieldsByUs(ThingDto, value)).toEqual(await fieldsByNest(ThingDto, value));
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });

  it('makes instances, with the defaults of their class', () => {
    const instance = validInstance(ThingDto, { owner: 'one', parts: [{ name: 'n' }] });
    expect(instance).toBeInstanceOf(ThingDto);
    expect(instance).toMatchObject({ owner: 'one', flag: true });
    expect(Reflect.get(instance ?? {}, 'parts')[0]).toBeInstanceOf(PartDto);
  });

  it('takes no promise for a verdict', async () => {
    class LateDto {
      name!: string;
    }
    registerDecorator({
      name: 'late',
      target: LateDto,
      propertyName: 'name',
      validator: { validate: async (value: unknown) => value === 'good' },
    });
    expect(validInstance(LateDto, { name: 'good' })).toBeUndefined();
    await expect(judge(LateDto, { name: 'good' })).resolves.toEqual({ name: 'good' });
    await expect(judge(LateDto, { name: 'bad' })).rejects.toThrow('VALIDATION_FAILED');
  });

  class EachDto {
    @IsString({ each: true })
    @ArrayMaxSize(2)
    names!: readonly string[];
  }
  class UntypedDto {
    @ValidateNested()
    part!: object;
  }
  class UnnestedDto {
    @Allow()
    @Type(() => PartDto)
    part!: PartDto;
  }
  class OuterDto {
    @ValidateNested()
    @Type(() => EachDto)
    each!: EachDto;
  }
  class DefaultDto {
    @ValidateNested()
    @Type(() => EachDto)
    each = Object.assign(new EachDto(), { names: ['a'] });
  }
  it.each<readonly [string, BodyClass, object]>([
    ['the default of such a field', DefaultDto, {}],
    ['rules for each item of a list', EachDto, { names: ['a'] }],
    ['nested rules without a class', UntypedDto, { part: {} }],
    ['a class without nested rules', UnnestedDto, { part: { name: 'n' } }],
    ['a field of such a class', OuterDto, { each: { names: ['a'] } }],
  ])('leaves %s to class-validator', async (_what, type, value) => {
    expect(validInstance(type, value)).toBeUndefined();
    expect(await fieldsByUs(type, value)).toEqual([]);
  });

  it('takes a body without fields of a class without fields only when it is empty', async () => {
    class NothingDto {}
    expect(validInstance(NothingDto, {})).toBeInstanceOf(NothingDto);
    expect(await fieldsByUs(NothingDto, { a: 1 })).toEqual(['a']);
  });
});
