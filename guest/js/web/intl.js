// Intl for English. Another locale is answered in English, as the standard has it for one that is not known, and the log says so.

import { DateTimeFormat } from './intl-dates.js';
import { canonical, heed, supported } from './intl-locales.js';
import { Locale } from './intl-locale.js';
import { NumberFormat } from './intl-numbers.js';
import { define } from './define.js';

const LOCALE = 'en-US';

class PluralRules {
  #type;

  constructor(locales, { type = 'cardinal' } = {}) {
    heed(locales);
    this.#type = type;
  }

  select(number) {
    const whole = Math.abs(Number(number));
    if (this.#type !== 'ordinal') return whole === 1 ? 'one' : 'other';
    const [ones, tens] = [whole % 10, whole % 100];
    if (ones === 1 && tens !== 11) return 'one';
    if (ones === 2 && tens !== 12) return 'two';
    return ones === 3 && tens !== 13 ? 'few' : 'other';
  }

  resolvedOptions() {
    const pluralCategories = this.#type === 'ordinal' ? ['few', 'one', 'two', 'other'] : ['one', 'other'];
    return { locale: LOCALE, type: this.#type, pluralCategories };
  }
}

const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '');
const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

class Collator {
  #options;

  constructor(locales, { sensitivity = 'variant', numeric = false, ignorePunctuation = false } = {}) {
    heed(locales);
    this.#options = { locale: LOCALE, usage: 'sort', sensitivity, ignorePunctuation, collation: 'default', numeric, caseFirst: 'false' };
    this.compare = (one, other) => this.#compare(String(one), String(other));
  }

  /** By letters first, then by their accents, then with small letters before large ones. */
  #compare(one, other) {
    const { sensitivity, numeric, ignorePunctuation } = this.#options;
    const cleaned = (text) => (ignorePunctuation ? text.replace(/[\p{P}\s]/gu, '') : text);
    const [left, right] = [cleaned(one), cleaned(other)];
    const letters = (numeric ? byNumbers : byLetters)(plain(left).toLowerCase(), plain(right).toLowerCase());
    if (letters !== 0 || sensitivity === 'base') return letters;
    const marks = order(left.normalize('NFD').toLowerCase(), right.normalize('NFD').toLowerCase());
    if (sensitivity !== 'case' && marks !== 0) return marks;
    if (sensitivity === 'accent') return 0;
    return order(swapped(plain(left)), swapped(plain(right)));
  }

  resolvedOptions() {
    return { ...this.#options };
  }
}

const swapped = (text) => text.replace(/\p{L}/gu, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));

/** Spaces and signs come before digits, and those before letters. */
function byLetters(one, other) {
  const rank = (character) => (/\s/.test(character) ? 0 : /\p{L}/u.test(character) ? 3 : /\p{N}/u.test(character) ? 2 : 1);
  const [left, right] = [[...one], [...other]];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    if (left[at] === right[at]) continue;
    return Math.sign(rank(left[at]) - rank(right[at])) || order(left[at], right[at]);
  }
  return Math.sign(left.length - right.length);
}

function byNumbers(one, other) {
  const parts = (text) => text.match(/\d+|\D+/g) ?? [];
  const [left, right] = [parts(one), parts(other)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const isNumber = /^\d/.test(left[at]) && /^\d/.test(right[at]);
    const found = isNumber ? Math.sign(Number(left[at]) - Number(right[at])) : byLetters(left[at], right[at]);
    if (found !== 0) return found;
  }
  return Math.sign(left.length - right.length);
}

class ListFormat {
  #options;

  constructor(locales, { type = 'conjunction', style = 'long' } = {}) {
    heed(locales);
    this.#options = { locale: LOCALE, type, style };
  }

  format(items) {
    const list = [...items].map(String);
    const { type, style } = this.#options;
    const word = type === 'disjunction' ? 'or' : type === 'unit' ? '' : style === 'long' ? 'and' : '&';
    const isUnit = type === 'unit';
    if (list.length < 2) return list.join('');
    if (isUnit) return list.join(style === 'narrow' ? ' ' : ', ');
    if (style === 'narrow' && type === 'conjunction') return list.join(', ');
    if (list.length === 2) return `${list[0]} ${word} ${list[1]}`;
    return `${list.slice(0, -1).join(', ')}, ${word} ${list.at(-1)}`;
  }

  resolvedOptions() {
    return { ...this.#options };
  }
}

const NEAR = { day: ['yesterday', 'today', 'tomorrow'], year: ['last year', 'this year', 'next year'], month: ['last month', 'this month', 'next month'], week: ['last week', 'this week', 'next week'], hour: [null, 'this hour', null], minute: [null, 'this minute', null], second: [null, 'now', null], quarter: ['last quarter', 'this quarter', 'next quarter'] };

class RelativeTimeFormat {
  #numeric;

  constructor(locales, { numeric = 'always' } = {}) {
    heed(locales);
    this.#numeric = numeric;
  }

  format(value, unit) {
    const name = String(unit).replace(/s$/, '');
    if (!NEAR[name]) throw new RangeError(`Invalid unit argument for format() '${unit}'`);
    const number = Number(value);
    const near = this.#numeric === 'auto' && Math.abs(number) <= 1 ? NEAR[name][number + 1] : undefined;
    if (near) return near;
    const amount = `${new NumberFormat().format(Math.abs(number))} ${name}${Math.abs(number) === 1 ? '' : 's'}`;
    return number < 0 || Object.is(number, -0) ? `${amount} ago` : `in ${amount}`;
  }

  resolvedOptions() {
    return { locale: LOCALE, numeric: this.#numeric, style: 'long', numberingSystem: 'latn' };
  }
}

/** What is one character to a reader. */
const GRAPHEME = String.raw`\r\n|\p{RI}{2}|\P{M}[\p{M}\u200d\p{EMod}]*(?:(?<=\u200d)\P{M}[\p{M}\u200d\p{EMod}]*)*|\p{M}+`;
const LETTERS = String.raw`[\p{L}\p{N}_\p{M}]+`;
const SEGMENTS = {
  grapheme: GRAPHEME,
  word: String.raw`${LETTERS}(?:['.]${LETTERS})*|[^\S\r\n]+|${GRAPHEME}`,
  sentence: String.raw`.+?(?:[.!?]+\s+|$)`,
};

class Segmenter {
  #granularity;

  constructor(locales, { granularity = 'grapheme' } = {}) {
    heed(locales);
    this.#granularity = granularity;
  }

  segment(text) {
    const input = String(text);
    const isWord = this.#granularity === 'word';
    const found = [...input.matchAll(new RegExp(SEGMENTS[this.#granularity], 'gsu'))].map(({ 0: segment, index }) => ({
      segment, index, input, ...(isWord ? { isWordLike: /[\p{L}\p{N}]/u.test(segment) } : {}),
    }));
    return { [Symbol.iterator]: () => found[Symbol.iterator](), containing: (at = 0) => found.findLast(({ index }) => index <= at) };
  }

  resolvedOptions() {
    return { locale: LOCALE, granularity: this.#granularity };
  }
}

for (const Type of [Collator, DateTimeFormat, ListFormat, NumberFormat, PluralRules, RelativeTimeFormat, Segmenter]) {
  Type.supportedLocalesOf = supported;
}
// Some call them without `new`.
const callable = (Type) => new Proxy(Type, { apply: (target, _, args) => new target(...args) });
const Intl = {
  Collator: callable(Collator), DateTimeFormat: callable(DateTimeFormat), ListFormat, Locale, NumberFormat: callable(NumberFormat), PluralRules, RelativeTimeFormat, Segmenter,
  getCanonicalLocales: canonical,
  supportedValuesOf: (key) => (key === 'timeZone' ? ['UTC'] : []),
};
define({ Intl });

const method = (prototype, name, value) => Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
const dated = (defaults) =>
  function (locales, options) {
    return Number.isNaN(this.getTime()) ? 'Invalid Date' : new DateTimeFormat(locales, options, defaults).format(this);
  };
method(Date.prototype, 'toLocaleString', dated('any'));
method(Date.prototype, 'toLocaleDateString', dated('date'));
method(Date.prototype, 'toLocaleTimeString', dated('time'));
const numbered = function (locales, options) {
  return new NumberFormat(locales, options).format(this.valueOf());
};
method(Number.prototype, 'toLocaleString', numbered);
method(BigInt.prototype, 'toLocaleString', numbered);
method(String.prototype, 'localeCompare', function (other, locales, options) {
  return new Collator(locales, options).compare(String(this), String(other));
});
