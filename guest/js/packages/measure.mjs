// Compares packages in a handler with Node: `node measure.mjs DOVERB [FOLDER] [NAME...]` builds and serves handlers of the
// packages of list.mjs with the command DOVERB, many in one, and writes the table of README.md. npm installs the packages.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { handlerOf, inNode, run, writeTable } from './compare.mjs';
import { PACKAGES } from './list.mjs';

const [doverb, given, ...only] = process.argv.slice(2);
const folder = given || fs.mkdtempSync(path.join(os.tmpdir(), 'packages-'));
const chosen = PACKAGES.filter(([name]) => only.length === 0 || only.includes(name));
const PORT = 8391;
const RESULTS = path.join(folder, 'results.json');

fs.mkdirSync(folder, { recursive: true });
if (!fs.existsSync(path.join(folder, 'package.json'))) {
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
}
const wanted = chosen.flatMap(([name, , more = []]) => [name, ...more]);
// What is merely there for another package may be an old one.
const { dependencies = {} } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
const missing = wanted.filter((name) => !(name in dependencies));
if (missing.length > 0) {
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...missing], { cwd: folder, stdio: 'inherit' });
}

/** How many packages are in one handler: building and compiling it takes longer than what it does. */
const TOGETHER = 25;

const versionOf = (name) => JSON.parse(fs.readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
const file = (name) => `case-${name.replaceAll(/[@/]/g, '-')}.mjs`;
const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';

const isNoted = (line) => !/asks for Node's module|it does not build/.test(line);

/** What each of the packages answers in a handler, or why it does not. */
async function inHandler(names) {
  const handler = path.join(folder, `handler-${names.length}.mjs`);
  fs.writeFileSync(handler, handlerOf(names.map(file)));
  const out = path.join(folder, 'out.wasm');
  try {
    await run(doverb, ['build', handler, '--out', out], { maxBuffer: 1 << 26 });
  } catch (error) {
    if (names.length === 1) return [{ why: error.stderr.split('\n').filter(isNoted).join(' ') }];
    const half = names.length >> 1;
    return [...(await inHandler(names.slice(0, half))), ...(await inHandler(names.slice(half)))];
  }
  const server = spawn(doverb, ['serve', out, '--port', String(PORT), '--no-watch', '--cpu-time', '60s'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (data) => { log += data; });
  try {
    const found = [];
    for (const at of names.keys()) {
      const before = log.length;
      const response = await answered(`http://127.0.0.1:${PORT}/?${at}`, server);
      if (!response) found.push({ why: lastLine(log) });
      else if (response.status === 200) found.push({ text: await response.text() });
      else {
        await response.text();
        const line = `/?${at} HTTP/1.1" ${response.status}`;
        for (let tries = 0; tries < 500 && !log.slice(before).includes(line); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
        found.push({ why: log.slice(before).split('\n').find((line) => /Error/.test(line) && isNoted(line)) ?? `status ${response.status}` });
      }
    }
    return found;
  } finally {
    const ended = new Promise((resolve) => server.on('exit', resolve));
    server.kill();
    await ended;
  }
}

/** The answer of a server that may still be on its way up. */
async function answered(url, server) {
  for (let tries = 0; tries < 900 && server.exitCode === null; tries++) {
    try {
      return await fetch(url);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return undefined;
}

/** What was measured before counts, so that a part can be measured anew. */
const results = fs.existsSync(RESULTS) ? JSON.parse(fs.readFileSync(RESULTS, 'utf8')) : {};
const expected = new Map();
for (const [name, code] of chosen) {
  fs.writeFileSync(path.join(folder, file(name)), code);
  try {
    expected.set(name, lastLine(await inNode(folder, file(name), '--no-deprecation')));
  } catch (error) {
    console.log(`${name}: Node itself fails: ${error.stderr}`);
  }
}
const names = [...expected.keys()];
for (let from = 0; from < names.length; from += TOGETHER) {
  const some = names.slice(from, from + TOGETHER);
  const found = await inHandler(some);
  for (const [at, name] of some.entries()) {
    // One that fails when it begins takes those with it that are in the same handler.
    if (found[at].why && some.length > 1) [found[at]] = await inHandler([name]);
    const { text, why } = found[at];
    const isSame = text === expected.get(name);
    const said = isSame ? 'yes' : (why ?? `it answers ${text}, and Node ${expected.get(name)}`).replace(/^.*?\]:? /, '').replaceAll('|', '\\|').slice(0, 200);
    results[name] = [name, versionOf(name), isSame, said];
    console.log(`${isSame ? 'ok  ' : 'FAIL'} ${name} ${said}`);
  }
  fs.writeFileSync(RESULTS, JSON.stringify(results));
}

const rows = PACKAGES.map(([name]) => results[name]).filter(Boolean);
const good = rows.filter(([, , isSame]) => isSame).length;
console.log(`${good} of ${rows.length}`);
if (rows.length === PACKAGES.length) {
  const names = rows.filter(([, , isSame]) => isSame).map(([name, version]) => `${name} ${version}`);
  const lines = names.join(', ').replace(/(.{1,138})(?:, |$)/g, '$1,\n').replace(/,\n$/, '.');
  const cells = rows.filter(([, , isSame]) => !isSame).map(([name, version, , said]) => `| ${name} ${version} | ${said} |`);
  const others = cells.length > 0 ? ['', '| package | what it says |', '| --- | --- |', ...cells] : [];
  const table = [`${good} of ${rows.length} packages answer as in Node ${process.versions.node}:`, lines, ...others].join('\n');
  writeTable('packages', table);
}
