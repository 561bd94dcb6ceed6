// Where lists are kept: in the server's store, each under a name that its client has in a cookie; and where none was granted, in
// that cookie itself.

import { store, StoreError } from 'doverb/store';

import { type Item, decodeItems, encodeItems } from './items.ts';

const lists = store('default');
const NAME = /^list-[0-9a-f-]{36}$/;

/** The items of the client with this cookie. */
export function loadItems(cookie: string | null): Item[] {
  if (!isGranted()) return decodeItems(cookie);
  return decodeItems(isName(cookie) ? (lists.get(cookie) ?? null) : null);
}

/** Changes them, and gives what came of it and the client's cookie. Of a list in the store nobody else can change what is changed here. */
export function changeItems<T>(cookie: string | null, how: (items: Item[]) => T): [result: T, cookie: string] {
  let result: T | undefined;
  const change = (text: string | null | undefined) => {
    const items = decodeItems(text ?? null);
    result = how(items);
    return encodeItems(items);
  };
  if (!isGranted()) {
    const changed = change(cookie);
    return [result as T, changed];
  }
  const name = isName(cookie) ? cookie : `list-${crypto.randomUUID()}`;
  lists.update(name, change);
  return [result as T, name];
}

function isName(cookie: string | null): cookie is string {
  return cookie !== null && NAME.test(cookie);
}

function isGranted(): boolean {
  try {
    lists.has('');
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'access-denied') return false;
    throw error;
  }
}
