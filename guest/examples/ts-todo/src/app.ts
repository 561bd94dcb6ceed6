// A list of things to do: an API that speaks JSON, and a page that uses it. `doverb serve . --keyvalue default=./todo.redb` keeps
// the lists in a store; without it each is in its client's cookie, as a handler object lives no longer than its connection.

import { BaseHTTPRequestHandler } from 'doverb';

import { type Item, addItem, InvalidItem } from './items.ts';
import { changeItems, loadItems } from './lists.ts';
import { page } from './page.ts';

const COOKIE = 'todo';

export default class Todo extends BaseHTTPRequestHandler {
  static protocol_version = 'HTTP/1.1';
  static error_message_format = '{"error": "%(message)s"}\n';
  static error_content_type = 'application/json';

  do_GET() {
    if (this.place === '/') return this.answer(200, page, 'text/html; charset=utf-8');
    // What the page asks for is relative to it.
    if (this.place === '') return this.answer(301, '', 'text/html', { Location: this.server.mount });
    if (this.place !== '/items') return this.send_error(404);
    const wanted = this.query.get('done');
    const items = this.items().filter((item) => wanted === null || String(item.done) === wanted);
    this.json(200, items);
  }

  do_POST() {
    if (this.place !== '/items') return this.send_error(404);
    this.change((items) => [201, addItem(items, this.rfile.json())]);
  }

  do_PATCH() {
    this.change((items) => {
      const item = this.named(items);
      const { done } = this.rfile.json();
      if (typeof done !== 'boolean') throw new InvalidItem('done must be true or false');
      item.done = done;
      return [200, item];
    });
  }

  do_DELETE() {
    this.change((items) => {
      items.splice(items.indexOf(this.named(items)), 1);
      return [200, items];
    });
  }

  /** The path below the one that the list is mounted at. */
  private get place(): string {
    return this.path_only.slice(this.server.mount.length - 1);
  }

  /** The item whose number is the end of the path: `/items/3`. */
  private named(items: Item[]): Item {
    const id = Number(/^\/items\/(\d+)$/.exec(this.place)?.[1]);
    const item = items.find((item) => item.id === id);
    if (!item) throw new InvalidItem('no such item', 404);
    return item;
  }

  private items(): Item[] {
    return loadItems(this.cookie(COOKIE));
  }

  /** Changes the list and answers with what came of it, or says what is wrong with the request. */
  private change(how: (items: Item[]) => [status: number, result: unknown]) {
    let changed: [outcome: [status: number, result: unknown], cookie: string];
    try {
      changed = changeItems(this.cookie(COOKIE), how);
    } catch (error) {
      if (error instanceof InvalidItem) return this.send_error(error.status, error.message);
      if (error instanceof SyntaxError) return this.send_error(400, 'the body is not JSON');
      throw error;
    }
    const [outcome, cookie] = changed;
    this.json(...outcome, { 'Set-Cookie': `${COOKIE}=${cookie}; Path=${this.server.mount}; SameSite=Strict` });
  }

  private json(status: number, value: unknown, fields: Record<string, string> = {}) {
    this.answer(status, `${JSON.stringify(value)}\n`, 'application/json', fields);
  }

  private answer(status: number, text: string, type: string, fields: Record<string, string> = {}) {
    this.send_response(status);
    this.send_header('Content-Type', type);
    for (const [name, value] of Object.entries(fields)) this.send_header(name, value);
    this.end_headers();
    this.wfile.write(text);
  }
}
