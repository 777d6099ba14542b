// Bundles each program of cmd/ from the compiled build/ into one file of dist/. Run by `npm run bundle`.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const programs = ['manager', 'agent', 'state-store'].filter((name) => existsSync(`build/cmd/${name}/main.js`));

/**
 * Of the Kubernetes client only what is used: its thousand generated models, which do nothing when they are loaded, would
 * cost every start of every program a fifth of its time.
 */
const shaken = {
  name: 'shaken',
  setup(bundling) {
    const name = '@kubernetes/client-node';
    bundling.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      const within = from.importer.includes(`/${name}/`);
      if (pluginData === shaken || (path !== name && !within)) return undefined;
      // To ask esbuild for each of its thousands of files would take longer than all else.
      if (path.startsWith('.')) return { path: resolve(from.resolveDir, path), sideEffects: false };
      return { ...(await bundling.resolve(path, { ...from, pluginData: shaken })), sideEffects: false };
    });
  },
};

await build({
  entryPoints: Object.fromEntries(programs.map((name) => [name, `build/cmd/${name}/main.js`])),
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Modules can be shaken: without this every program carries class-validator's telephone numbers (10 MiB of memory).
  mainFields: ['module', 'main'],
  keepNames: true,
  // Agents start once per run: what is shorter is read faster. The maps beside the programs lead back to the sources.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  legalComments: 'none',
  // Packages written as CommonJS ask for `require`; an ES module has none of its own.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  // Optional native parts of the mongodb driver: absent by design, the driver copes.
  external: [
    'mongodb-client-encryption',
    'kerberos',
    'snappy',
    '@mongodb-js/zstd',
    'gcp-metadata',
    'aws4',
    '@aws-sdk/credential-providers',
  ],
  plugins: [shaken],
  logLevel: 'warning',
});
