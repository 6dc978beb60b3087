export { invariant, InvariantViolation, unreachable } from './invariant.js';
