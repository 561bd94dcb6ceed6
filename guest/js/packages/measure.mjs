// Compares packages in a handler with Node: `node measure.mjs DOVERB [FOLDER] [NAME...]` builds and serves a handler of each
// package of list.mjs with the command DOVERB, and writes the table of README.md. The packages are installed by npm.

import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import { PACKAGES } from './list.mjs';

const run = promisify(execFile);
const [doverb, given, ...only] = process.argv.slice(2);
const folder = given || fs.mkdtempSync(path.join(os.tmpdir(), 'packages-'));
const chosen = PACKAGES.filter(([name]) => only.length === 0 || only.includes(name));
const readme = new URL('../README.md', import.meta.url);
const PORT = 8391;
const RESULTS = path.join(folder, 'results.json');

fs.mkdirSync(folder, { recursive: true });
if (!fs.existsSync(path.join(folder, 'package.json'))) {
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
}
const wanted = chosen.flatMap(([name, , more = []]) => [name, ...more]);
const missing = wanted.filter((name) => !fs.existsSync(path.join(folder, 'node_modules', name)));
if (missing.length > 0) {
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...missing], { cwd: folder, stdio: 'inherit' });
}

const HANDLER = `import { BaseHTTPRequestHandler } from 'doverb';
import { answer } from './CASE';
export default class extends BaseHTTPRequestHandler {
  async do_GET() {
    const value = JSON.stringify(await answer());
    this.send_response(200);
    this.end_headers();
    this.wfile.write(value);
  }
}
`;

const versionOf = (name) => JSON.parse(fs.readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
const file = (name) => `case-${name.replaceAll(/[@/]/g, '-')}.mjs`;
const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';

async function inNode(name) {
  const script = `import('${pathToFileURL(path.join(folder, file(name)))}').then(async ({ answer }) => { console.log(JSON.stringify(await answer())); process.exit(0); })`;
  const { stdout } = await run('node', ['--no-deprecation', '-e', script], { cwd: folder });
  return lastLine(stdout);
}

async function inHandler(name) {
  const handler = path.join(folder, `handler-${file(name)}`);
  fs.writeFileSync(handler, HANDLER.replace('CASE', file(name)));
  const out = path.join(folder, 'out.wasm');
  try {
    await run(doverb, ['build', handler, '--out', out]);
  } catch (error) {
    return { why: lastLine(error.stderr.replace(/\ndoverb: .*it does not build.*/s, '')) };
  }
  const size = fs.statSync(out).size;
  const server = spawn(doverb, ['serve', out, '--port', String(PORT), '--no-watch', '--cpu-time', '60s'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (data) => { log += data; });
  try {
    for (let tries = 0; ; tries++) {
      try {
        const response = await fetch(`http://127.0.0.1:${PORT}/`);
        const text = await response.text();
        return response.status === 200 ? { text, size } : { size, why: log.split('\n').find((line) => /Error/.test(line)) ?? `status ${response.status}` };
      } catch (error) {
        if (tries > 600 || server.exitCode !== null) return { size, why: lastLine(log) || String(error) };
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  } finally {
    const ended = new Promise((resolve) => server.on('exit', resolve));
    server.kill();
    await ended;
  }
}

/** What was measured before counts, so that a part can be measured anew. */
const results = fs.existsSync(RESULTS) ? JSON.parse(fs.readFileSync(RESULTS, 'utf8')) : {};
for (const [name, code] of chosen) {
  fs.writeFileSync(path.join(folder, file(name)), code);
  let expected;
  try {
    expected = await inNode(name);
  } catch (error) {
    console.log(`${name}: Node itself fails: ${error.stderr}`);
    continue;
  }
  const { text, size, why } = await inHandler(name);
  const isSame = text === expected;
  const said = isSame ? 'yes' : (why ?? `it answers ${text}, and Node ${expected}`).replace(/^.*?\]: /, '').replaceAll('|', '\\|').slice(0, 200);
  results[name] = [name, versionOf(name), isSame, said, size];
  fs.writeFileSync(RESULTS, JSON.stringify(results));
  console.log(`${isSame ? 'ok  ' : 'FAIL'} ${name} ${said}`);
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
  const text = fs.readFileSync(readme, 'utf8');
  const [before, rest] = text.split('<!-- packages -->');
  if (rest !== undefined) fs.writeFileSync(readme, `${before}<!-- packages -->\n${table}\n<!-- /packages -->${rest.split('<!-- /packages -->')[1]}`);
}
