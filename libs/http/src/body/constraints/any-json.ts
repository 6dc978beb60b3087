import { Allow } from 'class-validator';

/** A field of a body that holds the caller's own JSON, kept exactly as it was sent. */
export function AnyJson(): PropertyDecorator {
  return (target, property) => {
    Allow()(target, String(property));
  };
}
