// The items, and how a cookie holds them.

export interface Item {
  id: number;
  title: string;
  done: boolean;
}

/** A cookie has room for no more. */
const MOST_BYTES = 3500;

/** What is wrong with a request, in words for whoever sent it. */
export class InvalidItem extends Error {
  constructor(
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

export function addItem(items: Item[], given: unknown): Item {
  const title = (given as Partial<Item> | null)?.title;
  if (typeof title !== 'string' || title.trim() === '') throw new InvalidItem('title must be a text');
  const item = { id: Math.max(0, ...items.map(({ id }) => id)) + 1, title: title.trim(), done: false };
  if (encodeItems([...items, item]).length > MOST_BYTES) throw new InvalidItem('the list is full', 413);
  items.push(item);
  return item;
}

export function encodeItems(items: Item[]): string {
  return encodeURIComponent(JSON.stringify(items.map(({ id, title, done }) => [id, title, done])));
}

/** A cookie is the client's to change: one that is not ours is no list. */
export function decodeItems(cookie: string | null): Item[] {
  try {
    const rows = JSON.parse(decodeURIComponent(cookie ?? '[]')) as [unknown, unknown, unknown][];
    return rows.map(([id, title, done]) => ({ id: Number(id), title: String(title), done: Boolean(done) }));
  } catch {
    return [];
  }
}
