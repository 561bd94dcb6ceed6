// Node's https: its servers are those of http, as Doverb's own server has the certificates.

import { absent } from './absent.js';
import { Server as PlainServer } from './http-server.js';

const missing = absent('https', 'fetch calls the servers that --allow-http HOST grants');
const { Agent, get, request } = missing;
const globalAgent = undefined;

export function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  PlainServer.call(this, options, listener);
}
Object.setPrototypeOf(Server.prototype, PlainServer.prototype);
Object.setPrototypeOf(Server, PlainServer);
export const createServer = (options, listener) => new Server(options, listener);

export { Agent, get, globalAgent, request };
export default { Agent, Server, createServer, get, globalAgent, request };
