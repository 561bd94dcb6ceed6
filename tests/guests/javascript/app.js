// A handler over the bare contract, without an SDK: what componentize-qjs makes of wit/.

import { path } from 'doverb:handler/request@0.1.0';
import { endHeaders, sendHeader, sendResponse } from 'doverb:handler/response@0.1.0';
import { read } from 'doverb:handler/rfile@0.1.0';
import { write } from 'doverb:handler/wfile@0.1.0';

// QuickJS has no TextEncoder.
const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

export function doGet() {
  sendResponse(200, undefined);
  sendHeader('Content-Type', 'text/plain');
  endHeaders();
  write(bytes(`JavaScript got ${path()}`));
}

export function doPost() {
  const body = [];
  for (let data = read(65536); data.length > 0; data = read(65536)) body.push(...data);
  sendResponse(200, undefined);
  endHeaders();
  write(Uint8Array.from(body.reverse()));
}
