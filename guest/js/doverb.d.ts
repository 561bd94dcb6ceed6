// The types of Doverb's SDK. Everything is called as in Python's http.server.BaseHTTPRequestHandler.

/** Bytes, or text that is written in UTF-8. */
export type Data = string | Uint8Array | ArrayBuffer | ArrayBufferView;

/** Why a call failed. An error that says the client has gone (`closed`) is nobody's fault and ends a handler quietly. */
export declare class Failure extends Error {
  readonly kind:
    | 'out-of-order'
    | 'invalid-status'
    | 'invalid-field'
    | 'closed'
    | 'timed-out'
    | 'malformed'
    | 'too-large'
    | 'other';
  /** For `too-large` the bound that was in force, in bytes. */
  readonly value?: number;
  /** For `other`, which is any failure that this SDK does not know, which one it is. */
  readonly code?: string;
}

/** The request's header fields. Names are found in upper and lower case alike. */
export interface Message extends Iterable<[name: string, value: string]> {
  /** The first value of a field, or `missing`, which is null by default. */
  get(name: string): string | null;
  get<T>(name: string, missing: T): string | T;
  /** All values of a field, or `missing`, which is null by default. */
  get_all(name: string): string[] | null;
  get_all<T>(name: string, missing: T): string[] | T;
  has(name: string): boolean;
  items(): [name: string, value: string][];
  keys(): string[];
  values(): string[];
  readonly length: number;
}

/** The request's body. Every call that has to wait for the client suspends this handler only, and needs no `await`. */
export interface RFile extends Iterable<Uint8Array> {
  /** `size` bytes, fewer only at the body's end; without a size all that is left. */
  read(size?: number): Uint8Array;
  /** What is there, at most `size` bytes, at least one; empty at the body's end. */
  read1(size?: number): Uint8Array;
  /** Fills an array, and says how many bytes it got. */
  readinto(target: ArrayBuffer | ArrayBufferView): number;
  /** A line with its line feed, at most `limit` bytes; empty at the body's end. */
  readline(limit?: number): Uint8Array;
  /** All lines, or as many as have `hint` bytes. */
  readlines(hint?: number): Uint8Array[];
  /** Ours: what is left, as text in UTF-8. */
  text(): string;
  /** Ours: what is left, as JSON. */
  json(): any;
  /** Ours: the fields behind a chunked body, once it was read to its end. */
  trailers(): [name: string, value: string][];
}

/** The answer's body. */
export interface WFile {
  /** Writes all of it, and returns the number of bytes. */
  write(data: Data): number;
  writelines(lines: Iterable<Data>): void;
  /** Sends what has gathered; what is written is never late without it. */
  flush(): void;
}

/** The connection itself, after a 101 or a 2xx answer to CONNECT. */
export interface Connection {
  /** What has come, at most `size` bytes, at least one; empty when the client has ended its side. */
  recv(size?: number): Uint8Array;
  send(data: Data): number;
  sendall(data: Data): void;
  flush(): void;
}

export interface Server {
  readonly server_address: [host: string, port: number];
  readonly server_name: string;
  readonly server_port: number;
  /** Ours: the path that the handler is mounted at. */
  readonly mount: string;
}

/**
 * A handler of HTTP requests: extend it, and write a method for each method that you serve.
 *
 * ```ts
 * export default class Hello extends BaseHTTPRequestHandler {
 *   static protocol_version = 'HTTP/1.1';
 *
 *   do_GET() {
 *     this.send_response(200);
 *     this.send_header('Content-Type', 'text/plain');
 *     this.end_headers();
 *     this.wfile.write(`Hello, ${this.query.get('name') ?? 'World'}!\n`);
 *   }
 * }
 * ```
 *
 * One object is made for each connection of a client. The attributes below that can be set may be static fields of the
 * class, fields of the object, or set at any time.
 */
export declare class BaseHTTPRequestHandler {
  /** The client's host and port. */
  readonly client_address: [host: string, port: number];
  /** The request line as it came. */
  readonly requestline: string;
  /** The method: `GET`. */
  readonly command: string;
  /** The target with its query, as it was sent. */
  readonly path: string;
  readonly request_version: string;
  readonly headers: Message;
  readonly rfile: RFile;
  readonly wfile: WFile;
  readonly connection: Connection;
  readonly server: Server;
  /** Ours: the bytes of the header section as they came. */
  readonly raw_headers: Uint8Array;
  /** Ours: a name for this request, which the server's log has too. */
  readonly request_id: string;
  /** Ours: how the request came, `http` or `https`. */
  readonly scheme: string;
  /** Ours: the path without its query. */
  readonly path_only: string;
  /** Ours: the query. */
  readonly query: URLSearchParams;
  /** Ours: the value of a cookie. */
  cookie(name: string): string | null;

  /** `HTTP/1.0` or `HTTP/1.1`. */
  protocol_version: string;
  server_version: string;
  sys_version: string;
  error_message_format: string;
  error_content_type: string;
  /** How long one read from or write to the client may wait, in seconds. */
  timeout: number;
  /** The phrase and the explanation of a status; may be set for a code. */
  get responses(): Record<number, [phrase: string, explain: string] | undefined>;
  set responses(table: Record<number, [phrase: string, explain: string]>);
  /** Whether the connection closes after this request. */
  close_connection: boolean;

  /** Logs the request and begins the answer. Without a message the status has its own. */
  send_response(code: number, message?: string | null): void;
  /** The status line alone: no log line, no Server, no Date. */
  send_response_only(code: number, message?: string | null): void;
  send_header(name: string, value: string | number): void;
  end_headers(): void;
  /** Sends the head so far. */
  flush_headers(): void;
  /** A whole answer that says what went wrong. */
  send_error(code: number, message?: string | null, explain?: string | null): void;
  /** Sends 100 Continue. An override that returns false has answered itself. */
  handle_expect_100(): boolean;

  /** Called once when the connection begins. */
  setup(): void | Promise<void>;
  /** Called once when the connection has ended. */
  finish(): void | Promise<void>;

  log_request(code?: number | '-', size?: number | '-'): void;
  /** `%s`, `%d` and the like in the format take the values. */
  log_error(format: string, ...values: unknown[]): void;
  log_message(format: string, ...values: unknown[]): void;
  version_string(): string;
  /** A time as HTTP has it; seconds since 1970, now by default. */
  date_time_string(timestamp?: number): string;
  log_date_time_string(): string;
  address_string(): string;
}
