// Run by `doverb build --web-apis` in a folder with wit/ and modules/: node componentize.mjs PACKAGE OUT

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, out] = process.argv.slice(2);
const { exports, main } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
const named = exports?.['.'] ?? exports ?? main;
const file = typeof named === 'string' ? named : (named.import?.default ?? named.import ?? named.default);
const { componentize } = await import(pathToFileURL(join(folder, file)));
try {
  const { component } = await componentize({
    sourcePath: 'modules/entry.js',
    witPath: 'wit',
    worldName: 'handler',
    // What is left are the clocks, random numbers, and requests to other servers.
    disableFeatures: ['stdio', 'fetch-event'],
  });
  await writeFile(out, component);
} catch (error) {
  console.error(error?.message ?? error);
  process.exit(1);
}
