// Node's net, of which a handler has what looks at addresses; it opens no connections and no ports.

import { absent } from './absent.js';

const missing = absent('net', 'a handler opens no connections: the server has the sockets, and the request is this.rfile');
const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);
const GROUP = /^[0-9a-f]{1,4}$/i;

export const isIPv4 = (text) => IPV4.test(`${text}`);

export function isIPv6(text) {
  const [address, zone, ...more] = `${text}`.split('%');
  if (more.length > 0 || zone === '') return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [at, half] of halves.entries()) {
    const parts = half === '' ? [] : half.split(':');
    if (half === '' && halves.length === 1) return false;
    for (const [place, part] of parts.entries()) {
      const isLast = at === halves.length - 1 && place === parts.length - 1;
      if (isLast && part.includes('.')) {
        if (!isIPv4(part)) return false;
        groups += 2;
      } else if (GROUP.test(part)) groups++;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

export const isIP = (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0);
export const { BlockList, Server, Socket, SocketAddress, Stream, connect, createConnection, createServer } = missing;
export default {
  BlockList, Server, Socket, SocketAddress, Stream, connect, createConnection, createServer, isIP, isIPv4, isIPv6,
};
