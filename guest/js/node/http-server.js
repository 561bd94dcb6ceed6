// Node's http.Server. `listen` says that the program is to be served, and Doverb's server calls it with what comes.

import { state } from '../lib/state.js';
import EventEmitter from './events.js';
import { IncomingMessage, ServerResponse } from './http-message.js';
import { coded } from './http-tables.js';

/** What packages ask of the connection. It belongs to Doverb's server, which has the timeouts, too. */
class Socket extends EventEmitter {
  constructor(handler) {
    super();
    [this.remoteAddress, this.remotePort] = handler.client_address;
    [this.localAddress, this.localPort] = handler.server.server_address;
    this.remoteFamily = this.remoteAddress.includes(':') ? 'IPv6' : 'IPv4';
    this.encrypted = handler.scheme === 'https';
    this.readable = this.writable = true;
    this.destroyed = false;
    this.bytesRead = this.bytesWritten = 0;
    this._httpMessage = null;
  }

  address() {
    return { address: this.localAddress, family: this.localAddress.includes(':') ? 'IPv6' : 'IPv4', port: this.localPort };
  }

  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.readable = this.writable = false;
    this._httpMessage?.destroy(error);
    this.emit('close', Boolean(error));
    return this;
  }

  end() {
    return this.destroy();
  }

  destroySoon() {
    this.destroy();
  }
}
const itself = function () {
  return this;
};
for (const name of ['setTimeout', 'setNoDelay', 'setKeepAlive', 'ref', 'unref', 'pause', 'resume', 'cork', 'uncork']) {
  Socket.prototype[name] = itself;
}

export function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  EventEmitter.call(this);
  if (typeof options === 'function') listener = options;
  const settings = typeof options === 'object' && options !== null ? options : {};
  this._Request = settings.IncomingMessage ?? IncomingMessage;
  this._Response = settings.ServerResponse ?? ServerResponse;
  this.listening = false;
  this.timeout = 0;
  this.keepAliveTimeout = settings.keepAliveTimeout ?? 5000;
  this.headersTimeout = settings.headersTimeout ?? 60000;
  this.requestTimeout = settings.requestTimeout ?? 300000;
  this.maxHeadersCount = null;
  this.maxRequestsPerSocket = 0;
  this._address = null;
  if (listener) this.on('request', listener);
}
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Server, EventEmitter);

Object.assign(Server.prototype, {
  listen(...values) {
    const callback = values.find((value) => typeof value === 'function');
    const [first, second] = values;
    const options = typeof first === 'object' && first !== null ? first : { port: first, host: second };
    if (state.serving) {
      throw new Error('listen is called while a request is served: call it at the top level, which runs when the component is built');
    }
    if (this.listening) throw coded(new Error('Listen method has been called more than once without closing.'), 'ERR_SERVER_ALREADY_LISTEN');
    const host = typeof options.host === 'string' ? options.host : '::';
    this._address = { address: host, family: host.includes(':') ? 'IPv6' : 'IPv4', port: Number(options.port) || 0 };
    this.listening = true;
    state.programs.push({ name: `port ${options.port ?? 0}`, serve: (handler) => exchange(this, handler), of: this });
    if (callback) this.once('listening', callback);
    process.nextTick(() => this.emit('listening'));
    return this;
  },
  close(callback) {
    const wasListening = this.listening;
    this.listening = false;
    state.programs = state.programs.filter(({ of }) => of !== this);
    if (callback) {
      const error = wasListening ? undefined : coded(new Error('Server is not running.'), 'ERR_SERVER_NOT_RUNNING');
      process.nextTick(callback, error);
    }
    if (wasListening) process.nextTick(() => this.emit('close'));
    return this;
  },
  address() {
    return this.listening ? this._address : null;
  },
  getConnections(callback) {
    process.nextTick(callback, null, this.listening ? 1 : 0);
    return this;
  },
  closeAllConnections() {},
  closeIdleConnections() {},
  setTimeout: itself,
  ref: itself,
  unref: itself,
  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    this.close();
  },
});

/** The handler object is a connection's, and so is what stands for its socket. */
const sockets = new WeakMap();

function socketOf(server, handler) {
  let socket = sockets.get(handler);
  if (socket === undefined || socket.destroyed) {
    socket = new Socket(handler);
    socket.server = server;
    sockets.set(handler, socket);
    server.emit('connection', socket);
  }
  return socket;
}

/** Serves the request that the handler has: settled when the response has ended. */
function exchange(server, handler) {
  const socket = socketOf(server, handler);
  const request = new server._Request(socket);
  request.method = handler.command;
  request.url = handler.path;
  request.httpVersion = handler.request_version.slice('HTTP/'.length) || '0.9';
  [request.httpVersionMajor, request.httpVersionMinor] = request.httpVersion.split('.').map(Number);
  request.rawHeaders = handler.headers.items().flat();
  request._source = handler.rfile;
  const response = new server._Response(request);
  response._target = handler;
  response.assignSocket(socket);
  const ended = new Promise((resolve, reject) => {
    response.once('close', () => {
      if (!request.destroyed) request.destroy();
      response.detachSocket(socket);
      resolve();
    });
    response.once('error', reject);
  });
  ended.unsettled = `${request.method} ${request.url} is not answered: nothing is waited for any more, and res.end() was not called`;
  if (server.listenerCount('request') === 0) response.writeHead(404).end();
  else server.emit('request', request, response);
  return ended;
}

/** What a default export may be that was made to be called with Node's messages: an app of express, connect or koa, or a server. */
state.ofNode = (app) => {
  if (app instanceof Server) return (handler) => exchange(app, handler);
  const isApp = typeof app?.listen === 'function';
  if (isApp && typeof app === 'function' && typeof app.handle === 'function') return serverOf(app);
  if (isApp && typeof app.callback === 'function') return serverOf(app.callback());
  return undefined;
};

function serverOf(listener) {
  const server = new Server(listener);
  return (handler) => exchange(server, handler);
}
