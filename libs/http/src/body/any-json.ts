import { Exclude, Transform, Type } from 'class-transformer';
import { Allow } from 'class-validator';

/** A class without fields, into which class-transformer therefore does not look. */
@Exclude()
class Opaque {}

/**
 * A field of a body that holds the caller's own JSON, kept exactly as it was sent. Without this,
 * class-transformer would rebuild it and lose members such as `constructor` or `toString`.
 */
export function AnyJson(): PropertyDecorator {
  const decorators = [
    Type(() => Opaque),
    Transform(({ obj, key }: { obj: object; key: string }): unknown => Reflect.get(obj, key)),
    Allow(),
  ];
  return (target, property) => {
    for (const decorate of decorators) decorate(target, String(property));
  };
}
