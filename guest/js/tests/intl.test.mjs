// Intl for English, against Node's.

import assert from 'node:assert/strict';
import { test } from 'node:test';

const { Intl: Nodes } = globalThis;
const plain = { number: Number.prototype.toLocaleString, date: Date.prototype.toLocaleString, compare: String.prototype.localeCompare };
await import('../web/intl.js');
const Ours = globalThis.Intl;

test('numbers are as in Node', () => {
  const options = [undefined, { maximumFractionDigits: 0 }, { minimumFractionDigits: 2 }, { style: 'percent' }, { style: 'currency', currency: 'USD' },
    { style: 'currency', currency: 'JPY' }, { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 }, { useGrouping: false }, { minimumIntegerDigits: 3 },
    { notation: 'compact' }, { maximumSignificantDigits: 3 }, { signDisplay: 'always' }, { style: 'percent', maximumFractionDigits: 1 }];
  for (const number of [0, 1, -1, 0.5, 1.005, 1234.5678, 1234567.891, -99.995, 1e6, 12345678901234, NaN, Infinity, 10n ** 20n]) {
    for (const option of options) {
      assert.equal(new Ours.NumberFormat('en-US', option).format(number), new Nodes.NumberFormat('en-US', option).format(number), `${number} ${JSON.stringify(option)}`);
    }
    if (typeof number === 'number') assert.equal(number.toLocaleString(), plain.number.call(number, 'en-US'));
  }
});

test('dates are as in Node', () => {
  const options = [undefined, { dateStyle: 'full' }, { dateStyle: 'long' }, { dateStyle: 'medium' }, { dateStyle: 'short' }, { timeStyle: 'short' }, { timeStyle: 'medium' },
    { dateStyle: 'medium', timeStyle: 'short' }, { dateStyle: 'long', timeStyle: 'short' }, { weekday: 'long' }, { month: 'long', year: 'numeric' }, { month: 'short', day: 'numeric' },
    { weekday: 'short', year: 'numeric', month: 'numeric', day: 'numeric' }, { year: 'numeric', month: '2-digit', day: '2-digit' }, { hour: 'numeric', minute: '2-digit' },
    { hour: '2-digit', minute: '2-digit', hour12: false }, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }, { year: 'numeric' }];
  for (const time of [18000000, 1709251199000, 1720000000000]) {
    for (const option of options) {
      const nodes = new Nodes.DateTimeFormat('en-US', { timeZone: 'UTC', ...option });
      assert.equal(new Ours.DateTimeFormat('en-US', option).format(time), nodes.format(time), JSON.stringify(option));
    }
    assert.equal(new Date(time).toLocaleString(), plain.date.call(new Date(time), 'en-US', { timeZone: 'UTC' }));
  }
  for (const locale of ['en-u-hc-h23', 'en-US-u-ca-gregory-hc-h24', ['en-u-hc-h11']]) {
    const [ours, nodes] = [Ours, Nodes].map((it) => new it.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' }).format(19 * 3600000));
    assert.equal(ours, nodes, String(locale));
  }
  assert.throws(() => new Ours.DateTimeFormat('en', { timeZone: 'Europe/Berlin' }), /Europe\/Berlin is not there/);
});

test('order, plurals, lists and relative times are as in Node', () => {
  const words = ['b', 'A', 'a', 'ä', 'Z', 'z', 'a1', 'a10', 'a2', ' x', '_', '9', 'résumé', 'resume', 'Resume'];
  const sign = Math.sign;
  for (const option of [undefined, { sensitivity: 'base' }, { numeric: true }, { sensitivity: 'accent' }]) {
    const [ours, nodes] = [new Ours.Collator('en', option), new Nodes.Collator('en', option)];
    for (const one of words) for (const other of words) assert.equal(sign(ours.compare(one, other)), sign(nodes.compare(one, other)), `${one} ${other} ${JSON.stringify(option)}`);
  }
  for (let number = 0; number < 125; number++) {
    for (const type of ['cardinal', 'ordinal']) assert.equal(new Ours.PluralRules('en', { type }).select(number), new Nodes.PluralRules('en', { type }).select(number));
  }
  for (const type of ['conjunction', 'disjunction', 'unit']) {
    for (const list of [[], ['a'], ['a', 'b'], ['a', 'b', 'c']]) assert.equal(new Ours.ListFormat('en', { type }).format(list), new Nodes.ListFormat('en', { type }).format(list));
  }
  for (const numeric of ['auto', 'always']) {
    for (const unit of ['day', 'years', 'hour', 'second']) {
      for (const value of [-2, -1, 0, 1, 5]) assert.equal(new Ours.RelativeTimeFormat('en', { numeric }).format(value, unit), new Nodes.RelativeTimeFormat('en', { numeric }).format(value, unit));
    }
  }
});

test('texts are cut as in Node', () => {
  for (const granularity of ['grapheme', 'word']) {
    for (const text of ['', 'abc', 'Hello, big world 42!', 'e\u0301a', '👨‍👩‍👧x', '👍🏽', '🇩🇪🇫🇷', 'a\r\nb']) {
      const cut = (Type) => [...new Type('en', { granularity }).segment(text)].map(({ segment }) => segment);
      assert.deepEqual(cut(Ours.Segmenter), cut(Nodes.Segmenter), `${granularity} ${text}`);
    }
  }
});

test('clocks of other time zones show what they do in Node', async () => {
  await import('../web/zones.js');
  const zones = ['Europe/Berlin', 'America/New_York', 'asia/kolkata', 'Australia/Sydney', 'America/Sao_Paulo', 'Europe/London', 'Asia/Tehran', 'Africa/Cairo', 'Pacific/Auckland', 'America/Los_Angeles', 'Europe/Moscow', 'Asia/Tokyo', 'Europe/Dublin', 'Africa/Casablanca', 'America/Phoenix', 'Asia/Katmandu', 'Pacific/Apia', 'America/Santiago', 'Atlantic/Azores', 'UTC'];
  const options = { dateStyle: 'medium', timeStyle: 'long' };
  for (const timeZone of zones) {
    const [ours, nodes] = [Ours, Nodes].map((it) => new it.DateTimeFormat('en-US', { ...options, timeZone, timeStyle: 'medium' }));
    // Six hours and a bit: each hour of the day comes, and each change of the clock is near.
    for (let time = 0; time < 2_000_000_000_000; time += 22_111_000 * 37) assert.equal(ours.format(time), nodes.format(time), `${timeZone} ${time}`);
  }
  for (const [timeZone, name] of [['America/New_York', 'short'], ['America/New_York', 'long'], ['Europe/Berlin', 'short'], ['Europe/Berlin', 'long'], ['Asia/Kolkata', 'longOffset'], ['Asia/Tokyo', 'shortOffset'], ['UTC', 'short'], ['UTC', 'long']]) {
    for (const time of [1_700_000_000_000, 1_720_000_000_000]) {
      const [ours, nodes] = [Ours, Nodes].map((it) => new it.DateTimeFormat('en-US', { timeZone, timeZoneName: name, hour: 'numeric' }).format(time));
      assert.equal(ours, nodes);
    }
  }
  assert.equal(new Ours.DateTimeFormat('en', { timeZone: 'europe/berlin' }).resolvedOptions().timeZone, 'Europe/Berlin');
  assert.throws(() => new Ours.DateTimeFormat('en', { timeZone: 'Europe/Nowhere' }), { name: 'RangeError', message: 'Invalid time zone specified: Europe/Nowhere' });
});
