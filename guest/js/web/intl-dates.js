// Dates in English, of UTC, and of other zones where zones.js is there.

import { heed } from './intl-locales.js';

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const STYLES = {
  full: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
  long: { year: 'numeric', month: 'long', day: 'numeric' },
  medium: { year: 'numeric', month: 'short', day: 'numeric' },
  short: { year: '2-digit', month: 'numeric', day: 'numeric' },
};
const TIMES = {
  full: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'long' },
  long: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
  medium: { hour: 'numeric', minute: '2-digit', second: '2-digit' },
  short: { hour: 'numeric', minute: '2-digit' },
};
const UTC = /^(UTC|GMT|Etc\/(UTC|GMT|UCT|Zulu)|UCT|Zulu|Z)$/i;
const UTC_ZONE = { name: 'UTC', offset: () => 0, label: (_, style) => (style === 'long' ? 'Coordinated Universal Time' : style === 'short' ? 'UTC' : 'GMT') };
let zones = (name) => {
  throw new RangeError(`the time zone ${name} is not there: all but UTC are in a component only where its code names the option timeZone`);
};

/** Lets other zones be known: `find` gives the one of a name. */
export function useZones(find) {
  zones = find;
}

function zoneOf(name) {
  if (UTC.test(name)) return UTC_ZONE;
  const found = zones(String(name));
  if (!found) throw new RangeError(`Invalid time zone specified: ${name}`);
  return found;
}

const DATE = ['weekday', 'era', 'year', 'month', 'day'];
const TIME = ['hour', 'minute', 'second', 'fractionalSecondDigits', 'dayPeriod'];

/** The cycle of hours that a locale names itself: `en-u-hc-h23`. */
function cycleOf(locales) {
  const [first] = typeof locales === 'string' ? [locales] : Array.isArray(locales) ? locales : [locales];
  return /-u-(?:[\da-z]{2,8}-)*hc-(h11|h12|h23|h24)(?:-|$)/i.exec(`${first ?? ''}`)?.[1].toLowerCase() ?? 'h12';
}

export class DateTimeFormat {
  #fields;
  #options;
  #zone;

  constructor(locales, options = {}, defaults = 'date', required = defaults === 'any' ? 'any' : defaults) {
    heed(locales);
    const given = { ...options };
    this.#zone = zoneOf(given.timeZone ?? 'UTC');
    const has = (names) => names.some((name) => given[name] !== undefined);
    let fields = Object.fromEntries([...DATE, ...TIME, 'timeZoneName'].filter((name) => given[name] !== undefined).map((name) => [name, given[name]]));
    if (given.dateStyle || given.timeStyle) fields = { ...STYLES[given.dateStyle], ...TIMES[given.timeStyle] };
    else {
      const needs = required === 'date' ? !has(DATE) && !(arguments.length < 3 && has(TIME)) : required === 'time' ? !has(TIME) : !has([...DATE, ...TIME]);
      if (needs && defaults !== 'time') fields = { year: 'numeric', month: 'numeric', day: 'numeric', ...fields };
      if (needs && defaults !== 'date') fields = { hour: 'numeric', minute: '2-digit', second: '2-digit', ...fields };
    }
    const cycle = given.hourCycle ?? (given.hour12 === undefined ? cycleOf(locales) : given.hour12 ? 'h12' : 'h23');
    this.#fields = fields;
    this.#options = { locale: 'en-US', calendar: 'gregory', numberingSystem: 'latn', timeZone: this.#zone.name, ...(fields.hour ? { hourCycle: cycle, hour12: cycle === 'h12' || cycle === 'h11' } : {}), ...fields, ...(given.dateStyle ? { dateStyle: given.dateStyle } : {}), ...(given.timeStyle ? { timeStyle: given.timeStyle } : {}) };
    this.format = (date) => this.formatToParts(date).map((part) => part.value).join('');
  }

  formatToParts(value = Date.now()) {
    const time = new Date(value).getTime();
    if (Number.isNaN(time)) throw new RangeError('Invalid time value');
    // What the clocks of the zone show, as if it were UTC.
    const date = new Date(time + this.#zone.offset(time) * 1000);
    const dated = this.#date(date);
    const timed = this.#time(date, time);
    if (dated.length === 0 || timed.length === 0) return [...dated, ...timed];
    const isLong = this.#fields.month === 'long' && (this.#fields.day || this.#options.dateStyle);
    return [...dated, literal(isLong ? ' at ' : ', '), ...timed];
  }

  formatRange(from, to) {
    const [one, other] = [this.format(from), this.format(to)];
    return one === other ? one : `${one} – ${other}`;
  }

  #date(date) {
    const { weekday, year, month, day, era } = this.#fields;
    const part = {};
    const name = (names, at, width) => (width === 'long' ? names[at] : width === 'narrow' ? names[at][0] : names[at].slice(0, 3));
    const two = (number, width) => (width === '2-digit' ? String(number).padStart(2, '0').slice(-2) : String(number));
    if (weekday) part.weekday = { type: 'weekday', value: name(DAYS, date.getUTCDay(), weekday) };
    if (year) part.year = { type: 'year', value: two(date.getUTCFullYear(), year) };
    const isText = month && month !== 'numeric' && month !== '2-digit';
    if (month) part.month = { type: 'month', value: isText ? name(MONTHS, date.getUTCMonth(), month) : two(date.getUTCMonth() + 1, month) };
    if (day) part.day = { type: 'day', value: two(date.getUTCDate(), day) };
    const main = isText
      ? [...joined([part.month, part.day], ' '), ...(part.year ? [...(part.day || part.month ? [literal(part.day ? ', ' : ' ')] : []), part.year] : [])]
      : joined([part.month, part.day, part.year], '/');
    const parts = part.weekday ? [part.weekday, ...(main.length > 0 ? [literal(!month && day ? ' ' : ', '), ...main] : [])] : main;
    // `5 Tuesday` is how English has these two alone.
    const ordered = part.weekday && day && !month && !year ? [part.day, literal(' '), part.weekday] : parts;
    return era ? [...ordered, literal(' '), { type: 'era', value: 'AD' }] : ordered;
  }

  #time(date, time) {
    const { hour, minute, second, fractionalSecondDigits, timeZoneName } = this.#fields;
    const { hourCycle } = this.#options;
    const isHalf = hourCycle === 'h12' || hourCycle === 'h11';
    const clock = [];
    const two = (number) => String(number).padStart(2, '0');
    if (hour) {
      const now = date.getUTCHours();
      const shown = hourCycle === 'h12' ? now % 12 || 12 : hourCycle === 'h11' ? now % 12 : hourCycle === 'h24' ? now || 24 : now;
      clock.push({ type: 'hour', value: hour === '2-digit' || !isHalf ? two(shown) : String(shown) });
    }
    if (minute) clock.push({ type: 'minute', value: hour || second ? two(date.getUTCMinutes()) : String(date.getUTCMinutes()) });
    if (second) clock.push({ type: 'second', value: minute ? two(date.getUTCSeconds()) : String(date.getUTCSeconds()) });
    const parts = joined(clock, ':');
    if (fractionalSecondDigits) parts.push(literal('.'), { type: 'fractionalSecond', value: String(date.getUTCMilliseconds()).padStart(3, '0').slice(0, fractionalSecondDigits) });
    if (hour && isHalf) parts.push(literal(' '), { type: 'dayPeriod', value: date.getUTCHours() < 12 ? 'AM' : 'PM' });
    if (timeZoneName) parts.push(...(parts.length > 0 ? [literal(' ')] : [literal(', ')]), { type: 'timeZoneName', value: this.#zone.label(time, timeZoneName) });
    return parts;
  }

  resolvedOptions() {
    return { ...this.#options };
  }
}

const literal = (value) => ({ type: 'literal', value });
const joined = (parts, between) => parts.filter(Boolean).flatMap((part, at) => (at === 0 ? [part] : [literal(between), part]));
