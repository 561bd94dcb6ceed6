// Answers POST and PUT with the request's body, as it comes: a body of any size takes constant memory.

import { BaseHTTPRequestHandler } from 'doverb';

export default class Echo extends BaseHTTPRequestHandler {
  static protocol_version = 'HTTP/1.1';

  do_POST() {
    this.send_response(200);
    this.send_header('Content-Type', this.headers.get('Content-Type', 'application/octet-stream'));
    const length = this.headers.get('Content-Length');
    if (length !== null) this.send_header('Content-Length', length);
    this.end_headers();
    for (let piece = this.rfile.read1(); piece.length > 0; piece = this.rfile.read1()) {
      this.wfile.write(piece);
    }
  }

  do_PUT = this.do_POST;
}
