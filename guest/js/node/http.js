// Node's http: its tables, and servers, which are served by Doverb's. It makes no calls.

import { absent } from './absent.js';
import { IncomingMessage, OutgoingMessage, ServerResponse } from './http-message.js';
import { Server } from './http-server.js';
import { METHODS, STATUS_CODES, validateHeaderName, validateHeaderValue } from './http-tables.js';

const missing = absent('http', 'fetch calls the servers that --allow-http HOST grants');
const { Agent, ClientRequest, get, request } = missing;
const createServer = (options, listener) => new Server(options, listener);
const setMaxIdleHTTPParsers = () => {};
const globalAgent = undefined;
const maxHeaderSize = 65536;

export {
  Agent, ClientRequest, IncomingMessage, METHODS, OutgoingMessage, STATUS_CODES, Server, ServerResponse, createServer, get,
  globalAgent, maxHeaderSize, request, setMaxIdleHTTPParsers, validateHeaderName, validateHeaderValue,
};
export default {
  Agent, ClientRequest, IncomingMessage, METHODS, OutgoingMessage, STATUS_CODES, Server, ServerResponse, createServer, get,
  globalAgent, maxHeaderSize, request, setMaxIdleHTTPParsers, validateHeaderName, validateHeaderValue,
};
