/** The fuzzers run under Jest for its compiler and its harness, but not with the tests: see docs/fuzzing.md. */
const { projects } = require('../../jest.config.cjs');

const [base] = projects;

module.exports = {
  ...base,
  displayName: 'fuzz',
  testMatch: ['<rootDir>/test/fuzz/**/*.fuzz.ts', '<rootDir>/test/fuzz/**/*.spec.ts'],
};
