// Handlers for Doverb, written like subclasses of Python's http.server.BaseHTTPRequestHandler.

export { BaseHTTPRequestHandler } from './lib/handler.js';
export { Failure } from './lib/failure.js';
