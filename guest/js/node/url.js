// Node's url: the polyfill's parts from before URL, and the handler's own URL.

import url from '../vendor/jspm-core/url.js';

const [Url_, Params] = [URL, URLSearchParams];
const unavailable = (name) => () => {
  throw new Error(`url.${name} is not there: a host beyond ASCII must be in Punycode`);
};

function urlToHttpOptions(from) {
  const { protocol, hostname, hash, search, pathname, href, port, username, password } = from;
  const options = { protocol, hostname, hash, search, pathname, path: `${pathname}${search}`, href };
  if (port !== '') options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

function format(value, options) {
  if (!(value instanceof Url_)) return url.format(value, options);
  const copy = new Url_(value.href);
  if (options?.fragment === false) copy.hash = '';
  if (options?.search === false) copy.search = '';
  if (options?.auth === false) copy.username = copy.password = '';
  return copy.href;
}

function fileURLToPath(from) {
  const parsed = typeof from === 'string' ? new Url_(from) : from;
  if (parsed.protocol !== 'file:') throw new TypeError('The URL must be of scheme file');
  return decodeURIComponent(parsed.pathname);
}
const pathToFileURL = (path) => new Url_(`file://${encodeURI(path.startsWith('/') ? path : `/${path}`)}`);
const domainToASCII = unavailable('domainToASCII');
const domainToUnicode = unavailable('domainToUnicode');

const whole = { ...url, URL: Url_, URLSearchParams: Params, domainToASCII, domainToUnicode, fileURLToPath, format, pathToFileURL, urlToHttpOptions };
export const { Url, parse, resolve, resolveObject } = url;
export { Url_ as URL, Params as URLSearchParams, domainToASCII, domainToUnicode, fileURLToPath, format, pathToFileURL, urlToHttpOptions };
export default whole;
