import { BaseHTTPRequestHandler } from 'doverb';

export default class Hello extends BaseHTTPRequestHandler {
  static protocol_version = 'HTTP/1.1';

  do_GET(): void {
    this.send_response(200);
    this.send_header('Content-Type', 'text/plain');
    this.end_headers();
    this.wfile.write('Hello, World!');
  }
}
