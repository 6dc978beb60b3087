export {
  booleanField,
  choiceField,
  fieldsOf,
  integer,
  integerField,
  isAbsent,
  list,
  listField,
  MalformedValue,
  optionalIntegerField,
  WHOLE,
  type Fields,
} from './fields.js';
export { understood, type Malformed } from './understood.js';
