// Hosts of URLs: names, IPv4 and IPv6, by the URL standard, but for names beyond ASCII.

import { SETS, decodeBytes, percentDecode, percentEncode } from './percent.js';

const FORBIDDEN = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_IN_DOMAIN = /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/;

export function parseHost(text, isSpecial) {
  if (text.startsWith('[')) {
    if (!text.endsWith(']')) throw invalid(text);
    return `[${ipv6(text.slice(1, -1))}]`;
  }
  if (!isSpecial) {
    if (FORBIDDEN.test(text)) throw invalid(text);
    return percentEncode(text, SETS.control);
  }
  const domain = decodeBytes(percentDecode(text)).toLowerCase();
  if (!/^[\0-\x7f]*$/.test(domain)) throw new TypeError(`a host beyond ASCII must be in Punycode: ${text}`);
  if (domain === '' || FORBIDDEN_IN_DOMAIN.test(domain)) throw invalid(text);
  return endsInNumber(domain) ? ipv4(domain) : domain;
}

function invalid(text) {
  return new TypeError(`Invalid host: ${text}`);
}

function endsInNumber(domain) {
  const parts = domain.split('.');
  if (parts.at(-1) === '' && parts.length > 1) parts.pop();
  return /^(\d+|0x[0-9a-f]*)$/.test(parts.at(-1));
}

function ipv4(domain) {
  const parts = domain.split('.');
  if (parts.at(-1) === '' && parts.length > 1) parts.pop();
  const numbers = parts.map(number);
  const last = numbers.pop();
  const room = 256 ** (4 - numbers.length);
  if (parts.length > 4 || numbers.some((value) => value > 255) || !(last < room)) throw invalid(domain);
  const address = numbers.reduce((sum, value, at) => sum + value * 256 ** (3 - at), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function number(part) {
  if (part === '') throw invalid(part);
  if (/^0x[0-9a-f]*$/.test(part)) return part === '0x' ? 0 : parseInt(part, 16);
  if (/^0[0-7]*$/.test(part)) return parseInt(part, 8);
  if (/^[1-9]\d*$/.test(part)) return Number(part);
  throw invalid(part);
}

function ipv6(text) {
  const halves = text.split('::');
  if (halves.length > 2) throw invalid(text);
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(group)));
  const missing = 8 - left.length - (right?.length ?? 0);
  if (right ? missing < 1 : missing !== 0) throw invalid(text);
  return compressed(right ? [...left, ...Array(missing).fill(0), ...right] : left);

  function group(part, at, parts) {
    const isLast = at === parts.length - 1;
    const match = isLast && /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(part);
    if (match) {
      const [a, b, c, d] = match.slice(1).map(Number);
      if ([a, b, c, d].some((byte) => byte > 255)) throw invalid(text);
      return [a * 256 + b, c * 256 + d];
    }
    if (!/^[0-9a-f]{1,4}$/i.test(part)) throw invalid(text);
    return [parseInt(part, 16)];
  }
}

/** With the longest run of zeros as `::`, the first of several. */
function compressed(groups) {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (some) => some.map((value) => value.toString(16)).join(':');
  if (best.start < 0) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}
