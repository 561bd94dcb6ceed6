// What measure.mjs and measure-habits.mjs share: modules that each export a function `answer`, in one handler and in Node, and the
// tables of README.md.

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';

export const run = promisify(execFile);
const readme = new URL('../README.md', import.meta.url);

/** A handler that answers `/?NUMBER` with what the module of that number answers. */
export function handlerOf(files) {
  const imports = files.map((file, at) => `import { answer as answer${at} } from './${file}';\n`).join('');
  return `import { BaseHTTPRequestHandler } from 'doverb';
${imports}const answers = [${files.map((_, at) => `answer${at}`).join(', ')}];
export default class extends BaseHTTPRequestHandler {
  async do_GET() {
    const value = JSON.stringify(await answers[this.path.slice(2)]());
    this.send_response(200);
    this.end_headers();
    this.wfile.write(value);
  }
}
`;
}

/** What Node prints of a module's answer, behind what the module itself prints. */
export async function inNode(folder, file, flag) {
  const script = `import('${pathToFileURL(path.join(folder, file))}').then(async ({ answer }) => { console.log(JSON.stringify(await answer())); process.exit(0); })`;
  const { stdout } = await run('node', [flag, '-e', script], { cwd: folder });
  return stdout;
}

/** Puts a table in the place of the one that README.md has between these marks. */
export function writeTable(mark, table) {
  const text = fs.readFileSync(readme, 'utf8');
  const [before, rest] = text.split(`<!-- ${mark} -->`);
  const end = `<!-- /${mark} -->`;
  if (rest !== undefined) fs.writeFileSync(readme, `${before}<!-- ${mark} -->\n${table}\n${end}${rest.split(end)[1]}`);
}
