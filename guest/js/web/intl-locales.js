// Which locales there are: English as it is written in the United States. Whoever asks for others is answered so, and told.

/** The locales that are well formed, as a list. */
export function canonical(locales) {
  if (locales === undefined) return [];
  const list = typeof locales === 'string' ? [locales] : [...locales].map(String);
  for (const locale of list) if (!/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(locale)) throw new RangeError(`Incorrect locale information provided`);
  return list.map((locale) => locale.replace(/^[A-Za-z]+/, (language) => language.toLowerCase()));
}

const isSpoken = (locale) => /^en(-latn)?(-us)?(-u-|-x-|$)/i.test(locale);

export const supported = (locales) => canonical(locales).filter(isSpoken);

/** Locales that the log was told of, each once; clients may choose any. */
const told = new Set();
const MOST_TOLD = 8;

/** Looks at the locales that somebody wants. */
export function heed(locales) {
  const list = canonical(locales);
  const [first] = list;
  if (first === undefined || list.some(isSpoken) || told.has(first) || told.size >= MOST_TOLD) return;
  told.add(first);
  globalThis.console?.warn(`Intl: the locale ${first} is not here, and was answered as en-US`);
}
