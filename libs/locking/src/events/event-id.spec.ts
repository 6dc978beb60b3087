import { isLaterEvent } from './event-id.js';

it.each([
  ['2-1', '1-9', true],
  ['10-1', '9-1', true],
  ['1-10', '1-9', true],
  ['1-1', '1-1', false],
  ['1-1', '1-2', false],
  ['9-2', '10-1', false],
  ['1-0', '0-1795275277433', true],
])('%s is later than %s: %s', (id, other, later) => {
  expect(isLaterEvent(id, other)).toBe(later);
});
