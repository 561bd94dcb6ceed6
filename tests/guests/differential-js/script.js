// A script is a query: each of its pairs is a call of one member of the class. An argument of * is Python's None.

import { integer } from './pages.js';

const optional = (value) => (value === '*' ? undefined : value);

const STEPS = {
  response: (handler, code, phrase = '*') => handler.send_response(integer(code), optional(phrase)),
  only: (handler, code, phrase = '*') => handler.send_response_only(integer(code), optional(phrase)),
  header: (handler, name, ...value) => handler.send_header(name, value.join(':')),
  error: (handler, code, message = '*', explain = '*') =>
    handler.send_error(integer(code), optional(message), optional(explain)),
  end: (handler) => handler.end_headers(),
  'flush-headers': (handler) => handler.flush_headers(),
  write: (handler, ...text) => handler.wfile.write(text.join(':')),
  flush: (handler) => handler.wfile.flush(),
  read: (handler, size) => keep(handler, handler.rfile.read(integer(size))),
  line: (handler, size) => keep(handler, handler.rfile.readline(integer(size))),
  kept: (handler) => handler.wfile.write(Uint8Array.from(`[${handler.kept}]`, (byte) => byte.charCodeAt(0))),
  continue: (handler) => handler.handle_expect_100(),
  close: (handler, value) => (handler.close_connection = value === 'true'),
  state: (handler) => handler.wfile.write(String(handler.close_connection)),
  protocol: (handler, value) => (handler.protocol_version = value),
  server: (handler, value) => (handler.server_version = value),
  system: (handler, value) => (handler.sys_version = value),
  format: (handler, ...value) => (handler.error_message_format = value.join(':')),
  type: (handler, value) => (handler.error_content_type = value),
  reason: (handler, code, phrase, explain) => (handler.responses[integer(code)] = [phrase, explain]),
  date: (handler, seconds) => handler.wfile.write(handler.date_time_string(integer(seconds))),
  version: (handler) => handler.wfile.write(handler.version_string()),
  fail() {
    throw new Error('asked for');
  },
};

function keep(handler, bytes) {
  for (const byte of bytes) handler.kept += String.fromCharCode(byte);
}

export function script(handler) {
  for (const [name, value] of handler.query) STEPS[name](handler, ...value.split(':'));
}
