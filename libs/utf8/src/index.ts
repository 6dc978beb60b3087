export { characterCount, compareByteOrder, isWellFormed, utf8Bytes } from './utf8.js';
