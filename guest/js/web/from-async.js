// Array.fromAsync, whose promise the engine's own would be.

async function fromAsync(items, map, self) {
  const made = typeof this === 'function' ? new this() : [];
  let at = 0;
  const add = async (item) => {
    made[at] = map ? await map.call(self, item, at) : item;
    at++;
  };
  if (items[Symbol.asyncIterator] || items[Symbol.iterator]) for await (const item of items) await add(item);
  else for (; at < items.length; ) await add(await items[at]);
  made.length = at;
  return made;
}

export default fromAsync;
Object.defineProperty(Array, 'fromAsync', { value: fromAsync, writable: true, configurable: true });
