// URL, by the URL standard, but for hosts beyond ASCII, which must be in Punycode.

import { parseHost } from './host.js';
import { SETS, percentEncode } from './percent.js';
import { URLSearchParams } from './params.js';

const PORTS = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': '' };
const isSpecial = (protocol) => Object.hasOwn(PORTS, protocol);

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*:)(.*)$/s;

/** The parts of a URL, without those that its base gives. */
function parse(input, base) {
  const text = input.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
  const [, fragmentless, fragment] = /^([^#]*)(#.*)?$/s.exec(text);
  const scheme = SCHEME.exec(fragmentless);
  const protocol = scheme ? scheme[1].toLowerCase() : base?.protocol;
  if (!protocol) throw new TypeError(`Invalid URL: ${input}`);
  let rest = scheme ? scheme[2] : fragmentless;
  const hash = fragment === undefined ? '' : `#${percentEncode(fragment.slice(1), SETS.fragment)}`;
  const special = isSpecial(protocol);
  const slashes = special ? /^[/\\]*/ : /^\/*/;
  const lead = slashes.exec(rest)[0].length;
  const isRelative = !scheme || (special && base?.protocol === protocol && lead < 2 && protocol !== 'file:' && base.host !== undefined);
  if (isRelative && base.opaque && !(fragmentless === '' && fragment !== undefined)) {
    throw new TypeError(`Invalid URL: ${input}`);
  }
  if (isRelative && lead < 2) return { ...relative(rest, base, special), hash };
  if (special && (protocol !== 'file:' || lead >= 2)) {
    rest = rest.slice(protocol === 'file:' || (isRelative && lead >= 2) ? 2 : lead);
    if (protocol === 'file:') rest = rest.replaceAll('\\', '/');
  } else if (special) {
    return { ...emptyHost(protocol), ...pathAndQuery(rest, special, []), hash };
  } else if (lead >= 2) {
    rest = rest.slice(2);
  } else if (lead === 1) {
    return { ...emptyHost(protocol), host: undefined, ...pathAndQuery(rest, special, []), hash };
  } else {
    return { ...opaque(protocol, rest), hash };
  }
  const end = special ? /[/\\?]/ : /[/?]/;
  const at = rest.search(end);
  const authority = at < 0 ? rest : rest.slice(0, at);
  return { ...parseAuthority(protocol, authority), ...pathAndQuery(at < 0 ? '' : rest.slice(at), special, []), hash };
}

/** What there is of a query or a fragment that may be empty: the URL has its sign even then. */
const trimmed = (part) => (part.length === 1 ? '' : part);
const emptyHost = (protocol) => ({ protocol, username: '', password: '', host: '', port: '', opaque: false });

function opaque(protocol, rest) {
  const [, path, query] = /^([^?]*)(\?.*)?$/s.exec(rest);
  const search = query === undefined ? '' : `?${percentEncode(query.slice(1), SETS.query)}`;
  return { ...emptyHost(protocol), host: undefined, opaque: true, path: percentEncode(path, SETS.control), search };
}

/** What is relative to the base: a query, or a path from its root or its folder. */
function relative(rest, base, special) {
  const { protocol, username, password, host, port, opaque } = base;
  const kept = { protocol, username, password, host, port, opaque };
  if (rest === '') return { ...kept, path: base.path, search: base.search };
  if (rest.startsWith('?')) return { ...kept, path: base.path, search: pathAndQuery(rest, special, []).search };
  const isAbsolute = rest.startsWith('/') || (special && rest.startsWith('\\'));
  const folder = isAbsolute ? [] : base.path.split('/').slice(1, -1);
  return { ...kept, ...pathAndQuery(isAbsolute ? rest : `/${rest}`, special, folder) };
}

function parseAuthority(protocol, authority) {
  const at = authority.lastIndexOf('@');
  const [user, ...secrets] = at < 0 ? [''] : authority.slice(0, at).split(':');
  const hostAndPort = authority.slice(at + 1);
  const [, hostname, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(hostAndPort) ?? [];
  if (hostname === undefined || (port && !/^\d+$/.test(port)) || Number(port) > 65535) {
    throw new TypeError(`Invalid URL: ${authority}`);
  }
  const special = isSpecial(protocol);
  if (hostname === '' && ((special && protocol !== 'file:') || at >= 0 || port)) {
    throw new TypeError(`Invalid URL: ${protocol}//${authority}`);
  }
  let host = hostname === '' ? '' : parseHost(hostname, special);
  if (protocol === 'file:' && host === 'localhost') host = '';
  const number = port ? String(Number(port)) : '';
  return {
    protocol,
    username: percentEncode(user, SETS.userinfo),
    password: percentEncode(secrets.join(':'), SETS.userinfo),
    host,
    port: number === PORTS[protocol] ? '' : number,
    opaque: false,
  };
}

function pathAndQuery(text, special, folder) {
  const [, path, query] = /^([^?]*)(\?.*)?$/s.exec(text);
  const set = special ? SETS.specialQuery : SETS.query;
  const search = query === undefined ? '' : `?${percentEncode(query.slice(1), set)}`;
  const segments = (special ? path.replaceAll('\\', '/') : path).split('/').slice(1);
  const result = [...folder];
  segments.forEach((segment, at) => {
    const isLast = at === segments.length - 1;
    const plain = segment.replace(/%2e/gi, '.');
    if (plain === '..') result.pop();
    else if (plain !== '.') return result.push(percentEncode(segment, SETS.path));
    if (isLast) result.push('');
  });
  const whole = result.map((segment) => `/${segment}`).join('');
  return { path: whole === '' && special ? '/' : whole, search };
}

export class URL {
  #parts;
  #params;

  constructor(input, base) {
    const from = base === undefined ? undefined : parse(String(base));
    this.#parts = parse(String(input), from);
  }

  static canParse(input, base) {
    return URL.parse(input, base) !== null;
  }

  static parse(input, base) {
    try {
      return new URL(input, base);
    } catch {
      return null;
    }
  }

  get href() {
    const { protocol, host, path, search, hash } = this.#parts;
    const dotted = host === undefined && !this.#parts.opaque && path.startsWith('//') ? '/.' : '';
    const authority = host === undefined ? dotted : `//${this.#credentials()}${this.host}`;
    return `${protocol}${authority}${path}${search}${hash}`;
  }

  set href(value) {
    this.#parts = parse(String(value));
    this.#params?._replace(this.#parts.search.slice(1));
  }

  #credentials() {
    const { username, password } = this.#parts;
    return username || password ? `${username}${password ? `:${password}` : ''}@` : '';
  }

  get origin() {
    const { protocol } = this.#parts;
    return isSpecial(protocol) && protocol !== 'file:' ? `${protocol}//${this.host}` : 'null';
  }

  get protocol() {
    return this.#parts.protocol;
  }

  set protocol(value) {
    const protocol = `${String(value).split(':')[0].toLowerCase()}:`;
    if (!SCHEME.test(protocol) || isSpecial(protocol) !== isSpecial(this.protocol)) return;
    this.#parts.protocol = protocol;
    if (this.#parts.port === PORTS[protocol]) this.#parts.port = '';
  }

  get username() {
    return this.#parts.username;
  }

  set username(value) {
    if (this.#parts.host) this.#parts.username = percentEncode(String(value), SETS.userinfo);
  }

  get password() {
    return this.#parts.password;
  }

  set password(value) {
    if (this.#parts.host) this.#parts.password = percentEncode(String(value), SETS.userinfo);
  }

  get host() {
    const { host = '', port } = this.#parts;
    return port ? `${host}:${port}` : host;
  }

  set host(value) {
    this.#setAuthority(String(value));
  }

  get hostname() {
    return this.#parts.host ?? '';
  }

  set hostname(value) {
    this.#setAuthority(String(value), this.#parts.port);
  }

  #setAuthority(value, port) {
    if (this.#parts.opaque) return;
    try {
      const found = parseAuthority(this.protocol, value.split(/[/?#]/)[0]);
      this.#parts.host = found.host;
      this.#parts.port = port ?? (found.port || this.#parts.port);
    } catch {
      // Setters leave a URL as it is.
    }
  }

  get port() {
    return this.#parts.port;
  }

  set port(value) {
    const digits = /^\d*/.exec(String(value))[0];
    if (!this.#parts.host || (digits === '' && value !== '') || Number(digits) > 65535) return;
    const port = digits === '' ? '' : String(Number(digits));
    this.#parts.port = port === PORTS[this.protocol] ? '' : port;
  }

  get pathname() {
    return this.#parts.path;
  }

  set pathname(value) {
    if (this.#parts.opaque) return;
    const special = isSpecial(this.protocol);
    const text = String(value).replaceAll('?', '%3F').replaceAll('#', '%23');
    const isRooted = text.startsWith('/') || (special && text.startsWith('\\'));
    this.#parts.path = pathAndQuery(isRooted ? text : `/${text}`, special, []).path;
  }

  get search() {
    return trimmed(this.#parts.search);
  }

  set search(value) {
    const text = String(value).replace(/^\?/, '');
    const set = isSpecial(this.protocol) ? SETS.specialQuery : SETS.query;
    this.#parts.search = value === '' ? '' : `?${percentEncode(text, set)}`;
    this.#params?._replace(this.#parts.search.slice(1));
  }

  get searchParams() {
    this.#params ??= new URLSearchParams(this.search, () => {
      this.#parts.search = trimmed(`?${this.#params}`);
    });
    return this.#params;
  }

  get hash() {
    return trimmed(this.#parts.hash);
  }

  set hash(value) {
    this.#parts.hash = value === '' ? '' : `#${percentEncode(String(value).replace(/^#/, ''), SETS.fragment)}`;
  }

  toString() {
    return this.href;
  }

  toJSON() {
    return this.href;
  }

  get [Symbol.toStringTag]() {
    return 'URL';
  }
}
