// Forms as bytes: multipart/form-data and application/x-www-form-urlencoded.

import { Blob, File, FormData, blobBytes, joined } from './blob.js';

const encoder = new TextEncoder();
const escaped = (text) => text.replace(/\r\n?|\n/g, '%0D%0A').replaceAll('"', '%22');

/** A form as the body of a message, with its boundary. */
export function written(form) {
  const boundary = `----doverb${crypto.randomUUID().replaceAll('-', '')}`;
  const parts = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"`;
    if (value instanceof Blob) {
      const type = value.type || 'application/octet-stream';
      parts.push(encoder.encode(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`), blobBytes(value), encoder.encode('\r\n'));
    } else {
      parts.push(encoder.encode(`${head}\r\n\r\n${value.replace(/\r\n?|\n/g, '\r\n')}\r\n`));
    }
  }
  parts.push(encoder.encode(`--${boundary}--\r\n`));
  return { bytes: joined(parts), type: `multipart/form-data; boundary=${boundary}` };
}

/** The form that a body is. */
export function parsed(bytes, type) {
  const form = new FormData();
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes))) form.append(name, value);
    return form;
  }
  const [, quoted, plain] = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (!boundary) throw new TypeError(`a body of the type ${type || 'none'} is no form`);
  parts(form, bytes, boundary);
  return form;
}

function parts(form, bytes, boundary) {
  const mark = encoder.encode(`\r\n--${boundary}`);
  const blank = encoder.encode('\r\n\r\n');
  let at = find(bytes, mark.subarray(2), 0);
  if (at < 0) throw new TypeError('the form has no parts with its boundary');
  at += mark.length - 2;
  // Two hyphens behind a boundary end the form.
  while (!(bytes[at] === 45 && bytes[at + 1] === 45)) {
    const head = find(bytes, blank, at);
    const end = head < 0 ? -1 : find(bytes, mark, head + 2);
    if (end < 0) throw new TypeError('the form ends in the middle of a part');
    const text = new TextDecoder().decode(bytes.subarray(at, head));
    add(form, text, bytes.slice(Math.min(head + 4, end), end));
    at = end + mark.length;
  }
}

function add(form, head, content) {
  const [, name] = /^content-disposition:.*?[;\s]name="([^"]*)"/im.exec(head) ?? [];
  if (name === undefined) throw new TypeError('a part of the form has no name');
  const [, filename] = /^content-disposition:.*?[;\s]filename="([^"]*)"/im.exec(head) ?? [];
  const [, type = 'text/plain'] = /^content-type:\s*(.*?)\s*$/im.exec(head) ?? [];
  const plain = (text) => text.replace(/%0D%0A/gi, '\r\n').replace(/%22/g, '"');
  if (filename === undefined) form.append(plain(name), new TextDecoder().decode(content));
  else form.append(plain(name), new File([content], plain(filename), { type }));
}

/** Where bytes are found in others; the search is by the first of them, which the engine looks for itself. */
function find(bytes, wanted, from) {
  for (let at = bytes.indexOf(wanted[0], from); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at;
  }
  return -1;
}
