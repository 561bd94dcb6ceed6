import { BaseHTTPRequestHandler } from 'doverb';
import { Todos } from './todos.js';

/**
 * A list of things to do, as JSON. GET /todos lists them, POST /todos adds one ({"text": "..."}), DELETE /todos/1 removes
 * one. Each connection has a list of its own: what must outlive it belongs into a granted folder or another server.
 */
export default class Api extends BaseHTTPRequestHandler {
  todos = new Todos();

  do_GET() {
    if (this.path_only === '/todos') this.answer(200, this.todos.all());
    else this.answer(404, { error: 'there is /todos' });
  }

  do_POST() {
    let text;
    try {
      text = JSON.parse(this.rfile.text()).text;
    } catch {}
    if (typeof text !== 'string') this.answer(400, { error: 'expected {"text": "..."}' });
    else this.answer(201, this.todos.add(text));
  }

  do_DELETE() {
    const id = Number(this.path_only.slice('/todos/'.length));
    if (this.todos.remove(id)) this.answer(200, { removed: id });
    else this.answer(404, { error: 'there is no such thing to do' });
  }

  answer(status, value) {
    this.send_response(status);
    this.send_header('Content-Type', 'application/json');
    this.end_headers();
    this.wfile.write(JSON.stringify(value));
  }
}
