// tests/differential/handlers.py in JavaScript: every page and every step of a script does here what it does there.

import { BaseHTTPRequestHandler } from 'doverb';
import { environ } from 'doverb/environ';

import { PAGES, integer, text } from './pages.js';

class Handler extends BaseHTTPRequestHandler {
  timeout = 30;
  requests = 0;
  kept = '';

  setup() {
    if (environ.OWN_ATTRIBUTES) {
      this.server_version = 'Own/2';
      this.sys_version = 'Caf\xe9/3';
      this.error_message_format = '%(code)d|%(message)s|%(explain)s|100%%\n';
      this.error_content_type = 'text/plain; charset=utf-8';
    }
  }

  handle_expect_100() {
    if (this.path.startsWith('/refuse')) {
      this.send_error(417);
      return false;
    }
    return super.handle_expect_100();
  }

  do_GET() {
    this.requests += 1;
    this.kept = '';
    const page = PAGES[this.path_only];
    if (page) page(this);
    else this.send_error(404);
  }

  do_HEAD = this.do_GET;
  do_POST = this.do_GET;

  do_PUT() {
    this.requests += 1;
    const body = this.rfile.read(integer(this.headers.get('Content-Length', 0)));
    this.send_response(201);
    this.send_header('Location', this.path);
    this.send_header('Content-Length', 0);
    this.send_header('X-Length', body.length);
    this.end_headers();
  }

  do_DELETE() {
    this.requests += 1;
    this.send_response(204);
    this.end_headers();
  }

  do_OPTIONS() {
    this.requests += 1;
    this.send_response_only(200);
    this.send_header('Allow', 'GET, HEAD, POST, PUT, DELETE, OPTIONS, SPAM, M-SEARCH');
    this.send_header('Content-Length', '0');
    this.end_headers();
  }

  do_SPAM() {
    this.requests += 1;
    text(this, `spam, ${this.command} and spam`, 'Lovely Spam');
  }
}

Handler.prototype['do_M-SEARCH'] = Handler.prototype.do_SPAM;
