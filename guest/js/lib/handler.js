// The class. There is one handler object an instance, so what belongs to the request is kept here, not in it.

import * as attributes from 'doverb:handler/attributes@0.1.0';
import * as connections from 'doverb:handler/connection@0.1.0';
import * as log from 'doverb:handler/log@0.1.0';
import * as request from 'doverb:handler/request@0.1.0';
import { flushHeaders, handleExpect100, sendError, sendResponseOnly } from 'doverb:handler/response@0.1.0';
import * as servers from 'doverb:handler/server@0.1.0';

import { u64 } from './engine.js';
import { failure } from './failure.js';
import { handOver, methods, settle } from './gathered.js';
import { Message } from './message.js';
import { LINE, METHOD, PATH, VERSION, forget, part } from './request.js';
import { state } from './state.js';
import { connection, rfile, wfile } from './streams.js';
import { count, line, optionalStatus, optionalText, status, text } from './values.js';

let path, command, headers, query;

/** Forgets the last request. */
export function nextRequest() {
  // Requests to other servers belong to the one that is over.
  state.endExchanges?.();
  path = command = headers = query = undefined;
  forget();
}

function set(setter, value) {
  settle();
  try {
    setter(value);
  } catch (error) {
    throw failure(error);
  }
}

/** `%s`, `%d` and the like in a format of Python's. */
function format(text, values) {
  if (values.length === 0) return String(text);
  let next = 0;
  return String(text).replace(/%[-+ #0]*\d*(?:\.\d+)?([sdifgxr%])/g, (found, kind) => {
    if (kind === '%') return '%';
    if (next >= values.length) return found;
    const value = values[next++];
    if (kind === 'd' || kind === 'i') return String(Math.trunc(Number(value)));
    if (kind === 'x') return Number(value).toString(16);
    return kind === 'r' ? JSON.stringify(value) : String(value);
  });
}

const responses = new Proxy(Object.create(null), {
  get: (_, code) => attributes.responses(Number(code)) ?? undefined,
  has: (_, code) => Boolean(attributes.responses(Number(code))),
  set(_, code, [phrase, explain = '']) {
    settle();
    try {
      attributes.setResponses(status(code), text(phrase), text(explain));
    } catch (error) {
      throw failure(error);
    }
    return true;
  },
});

const server = {
  get server_address() {
    return servers.serverAddress();
  },
  get server_name() {
    return servers.serverName();
  },
  get server_port() {
    return servers.serverPort();
  },
  get mount() {
    return servers.mount();
  },
};

export class BaseHTTPRequestHandler {
  // The request.

  get client_address() {
    return request.clientAddress();
  }

  get requestline() {
    return part(LINE);
  }

  get command() {
    return (command ??= part(METHOD));
  }

  get path() {
    return (path ??= part(PATH));
  }

  get request_version() {
    return part(VERSION);
  }

  get headers() {
    return (headers ??= new Message());
  }

  get raw_headers() {
    return request.rawHeaders();
  }

  get request_id() {
    return request.requestId();
  }

  /** `http` or `https`. */
  get scheme() {
    return request.scheme();
  }

  /** The path without its query. */
  get path_only() {
    return this.path.split('?', 1)[0];
  }

  /** The query of the path. */
  get query() {
    const at = this.path.indexOf('?');
    return (query ??= new URLSearchParams(at < 0 ? '' : this.path.slice(at + 1)));
  }

  /** The value of a cookie, or null. */
  cookie(name) {
    for (const field of this.headers.get_all('Cookie', [])) {
      for (const pair of field.split(';')) {
        const at = pair.indexOf('=');
        if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
      }
    }
    return null;
  }

  get rfile() {
    return rfile;
  }

  get wfile() {
    return wfile;
  }

  get connection() {
    return connection;
  }

  get server() {
    return server;
  }

  // The answer.

  // send_response, send_header and end_headers: see below.

  send_response_only(code, message) {
    handOver();
    try {
      sendResponseOnly(status(code), optionalText(message));
    } catch (error) {
      throw failure(error);
    }
  }

  flush_headers() {
    handOver();
    try {
      flushHeaders();
    } catch (error) {
      throw failure(error);
    }
  }

  send_error(code, message, explain) {
    handOver();
    try {
      sendError(status(code), optionalText(message), optionalText(explain));
    } catch (error) {
      throw failure(error);
    }
  }

  handle_expect_100() {
    handOver();
    try {
      return handleExpect100();
    } catch (error) {
      throw failure(error);
    }
  }

  get close_connection() {
    return connections.closeConnection();
  }

  set close_connection(value) {
    settle();
    connections.setCloseConnection(Boolean(value));
  }

  // The connection's life, to be overridden.

  setup() {}

  finish() {}

  // The log.

  log_request(code = '-', size = '-') {
    settle();
    log.logRequest(optionalStatus(code), count(size));
  }

  log_error(message, ...values) {
    settle();
    log.logError(line(format(message, values)));
  }

  log_message(message, ...values) {
    settle();
    log.logMessage(line(format(message, values)));
  }

  // Attributes of the class in Python.

  get protocol_version() {
    return attributes.protocolVersion();
  }

  set protocol_version(value) {
    set(attributes.setProtocolVersion, text(value));
  }

  get server_version() {
    return attributes.serverVersion();
  }

  set server_version(value) {
    set(attributes.setServerVersion, text(value));
  }

  get sys_version() {
    return attributes.sysVersion();
  }

  set sys_version(value) {
    set(attributes.setSysVersion, text(value));
  }

  get error_message_format() {
    return attributes.errorMessageFormat();
  }

  set error_message_format(value) {
    set(attributes.setErrorMessageFormat, text(value));
  }

  get error_content_type() {
    return attributes.errorContentType();
  }

  set error_content_type(value) {
    set(attributes.setErrorContentType, text(value));
  }

  /** `responses[404]` is the phrase and the explanation; both can be set for a code. */
  get responses() {
    return responses;
  }

  set responses(table) {
    for (const [code, texts] of Object.entries(table)) responses[code] = texts;
  }

  /** In seconds. */
  get timeout() {
    return Number(attributes.timeout()) / 1000;
  }

  set timeout(seconds) {
    const milliseconds = Math.round(Number(seconds) * 1000);
    if (!(milliseconds >= 0 && milliseconds <= Number.MAX_SAFE_INTEGER)) {
      throw new TypeError(`timeout is a number of seconds, not ${String(seconds)}`);
    }
    settle();
    attributes.setTimeout(u64(milliseconds));
  }

  version_string() {
    return attributes.versionString();
  }

  date_time_string(timestamp) {
    try {
      return attributes.dateTimeString(count(timestamp));
    } catch (error) {
      throw failure(error);
    }
  }

  log_date_time_string() {
    return attributes.logDateTimeString();
  }

  address_string() {
    return attributes.addressString();
  }
}

for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(BaseHTTPRequestHandler.prototype, name, { value, writable: true, configurable: true });
}
