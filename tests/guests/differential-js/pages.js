// The pages.

import { script } from './script.js';

const latin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** Python's `int(text)`. */
export function integer(value) {
  if (!/^\s*[+-]?\d+\s*$/.test(value)) throw new RangeError(`not an integer: ${value}`);
  return Number(value);
}

export function text(handler, text, phrase) {
  const body = new TextEncoder().encode(text);
  handler.send_response(200, phrase);
  handler.send_header('Content-Type', 'text/plain; charset=utf-8');
  handler.send_header('Content-Length', body.length);
  handler.end_headers();
  if (handler.command !== 'HEAD') handler.wfile.write(body);
}

/** A text of the client's on one line of ASCII: Python's `quote`, by the text's ISO-8859-1 bytes. */
function shown(text) {
  const quoted = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return text.replace(/[^A-Za-z0-9_.\-~ /:;,?=&()<>@*+#[\]'"]/g, quoted);
}

const contentLength = (handler) => integer(handler.headers.get('Content-Length', 0));

function facts(handler) {
  const lines = [
    `command: ${shown(handler.command)}`,
    `path: ${shown(handler.path)}`,
    `requestline: ${shown(handler.requestline)}`,
    `request_version: ${handler.request_version}`,
    `protocol_version: ${handler.protocol_version}`,
    `close_connection: ${handler.close_connection}`,
    `requests: ${handler.requests}`,
    `client: ${handler.client_address[0]} ${handler.address_string()}`,
  ];
  text(handler, lines.join('\n'));
}

function headers(handler) {
  const lines = handler.headers.items().map(([name, value]) => `${shown(name)}: ${shown(value)}`);
  lines.push(`get: ${shown(handler.headers.get('x-a', 'none'))}`);
  lines.push(`get_all: ${handler.headers.get_all('X-A', []).map(shown).join(' | ')}`);
  text(handler, lines.join('\n'));
}

function unframed(handler) {
  handler.send_response(200);
  handler.send_header('Content-Type', 'text/plain');
  handler.end_headers();
  if (handler.command !== 'HEAD') {
    handler.wfile.write('a body ');
    handler.wfile.write('without a length');
  }
}

function echo(handler) {
  const body = handler.rfile.read(contentLength(handler));
  handler.send_response(200);
  handler.send_header('Content-Type', handler.headers.get('Content-Type', 'application/octet-stream'));
  handler.send_header('Content-Length', body.length);
  handler.end_headers();
  if (handler.command !== 'HEAD') handler.wfile.write(body);
}

function lines(handler) {
  const lengths = [];
  for (let left = contentLength(handler); left > 0; ) {
    const line = handler.rfile.readline(Math.min(left, 20));
    if (line.length === 0) break;
    left -= line.length;
    lengths.push(line.length);
  }
  text(handler, lengths.join(','));
}

function half(handler) {
  const body = handler.rfile.read(Math.floor(contentLength(handler) / 2));
  text(handler, `half: ${shown(latin1(body))}`);
}

export const PAGES = {
  '/': (handler) => text(handler, 'Hello, World!'),
  '/sentinel': (handler) => text(handler, `sentinel ${handler.requests}`, 'Sentinel'),
  '/facts': facts,
  '/headers': headers,
  '/unframed': unframed,
  '/echo': echo,
  '/lines': lines,
  '/half': half,
  '/run': script,
};
