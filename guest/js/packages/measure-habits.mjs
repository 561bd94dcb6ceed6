// Writes the table of habits into README.md: `node measure-habits.mjs DOVERB`. Each habit of habits.mjs is built and served with
// the command DOVERB, and compared with Node where Node can run it.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { handlerOf, inNode, run, writeTable } from './compare.mjs';
import { CONSOLE, HANDLERS, MODULES } from './habits.mjs';

const [doverb] = process.argv.slice(2);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'habits-'));
const PORT = 8392;
const READY = 120_000;
const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);
const lines = (text) => text.split('\n').filter((line) => line !== '');

write('data.json', '{"a": [1, "b"]}');
write('package.json', '{"private": true}');

async function build(file) {
  const out = path.join(folder, 'out.wasm');
  try {
    const { stderr } = await run(doverb, ['build', path.join(folder, file), '--out', out]);
    return { out, said: stderr };
  } catch (error) {
    return { said: error.stderr };
  }
}

/** Calls `work` while a component is served, and gives what it gives and the log. */
async function serving(out, work) {
  const server = spawn(doverb, ['serve', out, '--port', String(PORT), '--no-watch', '--cpu-time', '60s'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  server.stderr.on('data', (data) => { log += data; });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  const ready = new Promise((resolve, reject) => {
    server.stdout.once('data', resolve);
    ended.then(() => reject(new Error(log)));
    setTimeout(() => reject(new Error(`not ready: ${log}`)), READY).unref();
  });
  try {
    await ready;
    return [await work((target) => fetch(`http://127.0.0.1:${PORT}${target}`), () => log), log];
  } finally {
    server.kill();
    await ended;
  }
}

const HEAD = "import { BaseHTTPRequestHandler } from 'doverb';\n";

/** The rows of modules: all of them in one handler. */
async function ofModules() {
  for (const [, file, code] of MODULES) write(file, code);
  write('all.mjs', handlerOf(MODULES.map(([, file]) => file)));
  const { out, said } = await build('all.mjs');
  if (!out) throw new Error(said);
  const [rows] = await serving(out, async (get, log) => {
    const found = [];
    for (const [at, [habit, file, , written]] of MODULES.entries()) {
      const expected = written === undefined ? (await inNode(folder, file, '--no-warnings')).trim() : JSON.stringify(written);
      const before = log().length;
      const response = await get(`/?${at}`);
      const text = await response.text();
      const error = lines(log().slice(before)).find((line) => /Error: /.test(line));
      const right = written === undefined ? 'as in Node' : 'yes';
      found.push([habit, response.status !== 200 ? (error ?? `status ${response.status}`).replace(/^.*?\]:? /, '') : text === expected ? right : `it answers ${text}, not ${expected}`]);
    }
    return found;
  });
  return rows;
}

async function ofHandler([habit, file, code, target, [status, answer] = [], word]) {
  write(file, code);
  const { out, said } = await build(file);
  if (word !== undefined && !said.includes(word)) return [habit, `it says ${lines(said)[0]}, not ${word}`];
  if (target === undefined) return [habit, `is told: ${lines(said)[0]}`];
  if (!out) return [habit, lines(said)[0]];
  const [found, log] = await serving(out, async (get) => {
    const response = await get(target);
    return [response.status, await response.text()];
  });
  const isRight = found[0] === status && (answer === undefined || found[1] === answer);
  if (!isRight) return [habit, `it answers ${found} ${lines(log)[0]}`];
  return [habit, word === undefined ? 'yes' : `is told: ${lines(said)[0].replace(/^doverb: /, '')}`];
}

async function ofConsole() {
  const [habit, code] = CONSOLE;
  const { stdout } = await run('node', ['-e', code]);
  write('console.js', `${HEAD}export default class extends BaseHTTPRequestHandler { do_GET() { ${code} console.log('the end'); this.send_response(200); this.end_headers(); } }\n`);
  const { out, said } = await build('console.js');
  if (!out) return [habit, lines(said)[0]];
  const [, log] = await serving(out, async (get, seen) => {
    await (await get('/')).text();
    while (!seen().includes('the end')) await new Promise((resolve) => setTimeout(resolve, 10));
  });
  const found = lines(log).filter((line) => /^127\.0\.0\.1 - - \[[^\]]*\] /.test(line) && !/"GET /.test(line)).map((line) => line.replace(/^.*?\] /, ''));
  const all = found.slice(0, found.indexOf('the end')).filter((line) => line !== '');
  const same = all.join('\n') === lines(stdout).join('\n');
  return [habit, same ? 'as in Node' : `${all.find((line, at) => line !== lines(stdout)[at])}`];
}

const rows = [];
for (const handler of HANDLERS) rows.push(await ofHandler(handler));
rows.push(await ofConsole());
rows.push(...(await ofModules()));
fs.rmSync(folder, { recursive: true });
for (const [habit, said] of rows) console.log(`${habit}: ${said}`);
const cells = rows.map(([habit, said]) => `| ${habit.replaceAll('|', '\\|')} | ${said.replaceAll('|', '\\|').slice(0, 220)} |`);
const table = ['| habit | how it fares |', '| --- | --- |', ...cells].join('\n');
writeTable('habits', table);
