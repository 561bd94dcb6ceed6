import { BaseHTTPRequestHandler } from 'doverb';

const page = (greeting) => `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Hello</title>
<h1>${greeting}</h1>
<form method="post">
  <label>Your name <input name="name" maxlength="50" required autofocus></label>
  <button>Greet me</button>
</form>
`;

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

export default class Form extends BaseHTTPRequestHandler {
  do_GET() {
    this.answer('Hello!');
  }

  do_POST() {
    const form = new URLSearchParams(this.rfile.text());
    this.answer(`Hello, ${escape(form.get('name') ?? 'World')}!`);
  }

  answer(greeting) {
    this.send_response(200);
    this.send_header('Content-Type', 'text/html; charset=utf-8');
    this.end_headers();
    this.wfile.write(page(greeting));
  }
}
