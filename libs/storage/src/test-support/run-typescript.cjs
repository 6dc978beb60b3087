/**
 * `node run-typescript.cjs <file.ts> [arguments]` runs the real sources in a process of their own:
 * compiles by swc and maps the `.js` of relative imports and `@sinkron/<lib>`, as Jest does.
 */
const { existsSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { transformFileSync } = require('@swc/core');

const LIBS = path.resolve(__dirname, '../../..');
const resolveFilename = Module._resolveFilename;

Module._resolveFilename = function (request, parent, ...rest) {
  const lib = /^@sinkron\/([^/]+)$/.exec(request);
  if (lib) return path.join(LIBS, lib[1], 'src/index.ts');
  if (request.startsWith('.') && request.endsWith('.js') && parent?.filename) {
    const source = path.resolve(path.dirname(parent.filename), request.replace(/\.js$/, '.ts'));
    if (existsSync(source)) return source;
  }
  return resolveFilename.call(this, request, parent, ...rest);
};

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformFileSync(filename, {
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};

process.argv.splice(1, 1);
require(path.resolve(process.argv[1]));
