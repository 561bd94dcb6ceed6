// Time zones, for the dates of intl-dates.js. In a component only if its code speaks of `timeZone`.

import { ZONES } from '../vendor/zones/zones.js';
import { useZones } from './intl-dates.js';

const NAME = '(?:<[^>]+>|[A-Za-z]+)';
const RULE = new RegExp(`^(${NAME})([+-]?[\\d:]+)(?:(${NAME})([+-]?[\\d:]+)?,([^,]+),([^,]+))?$`);
/** What English calls zones, by what their rule calls them: the standard time's name, and the other's. */
const LONG = {
  EST: ['Eastern', 'Daylight'], CST: ['Central', 'Daylight'], MST: ['Mountain', 'Daylight'], PST: ['Pacific', 'Daylight'], AKST: ['Alaska', 'Daylight'],
  HST: ['Hawaii-Aleutian', 'Daylight'], CET: ['Central European', 'Summer'], EET: ['Eastern European', 'Summer'], WET: ['Western European', 'Summer'],
  JST: ['Japan', ''], AEST: ['Australian Eastern', 'Daylight'], NZST: ['New Zealand', 'Daylight'],
};
const rows = new Map(ZONES.trim().split('\n').flatMap((row) => row.slice(0, row.indexOf('|')).split(' ').map((name) => [name.toLowerCase(), { name, row }])));
const known = new Map();

function seconds(text) {
  const [, sign, hours, minutes = '0'] = /^([+-]?)(\d+)(?::(\d+))?/.exec(text);
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** When the day of a rule is in a year, by the clock on the wall: `M3.5.0/2`. */
function moment(text, year) {
  const [date, time = '2'] = text.split('/');
  const [month, week, weekday] = date.slice(1).split('.').map(Number);
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  let day = 1 + ((weekday - first + 7) % 7) + (week - 1) * 7;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) day -= 7;
  return Date.UTC(year, month - 1, day) / 1000 + seconds(time);
}

class Zone {
  constructor(name, row) {
    const [, rule, first, offsets, transitions] = row.split('|');
    const [, short, standard, , summer, begin, end] = RULE.exec(rule);
    this.name = name;
    this.short = short;
    this.standard = -seconds(standard);
    this.summer = summer === undefined ? this.standard + 3600 : -seconds(summer);
    this.days = begin && [begin, end];
    this.first = parseInt(first, 36) * 60;
    const minutes = offsets.split(',').map((offset) => parseInt(offset, 36));
    let when = 0;
    this.transitions = [...transitions.matchAll(/([^A-Z]+)([A-Z])/g)].map(([, since, which]) => {
      when += parseInt(since, 36) * 60;
      return [when, minutes[which.charCodeAt(0) - 65] * 60];
    });
  }

  /** How many seconds it is ahead of UTC at a time in ms. */
  offset(time) {
    const now = Math.floor(time / 1000);
    const last = this.transitions.at(-1);
    if (this.days && (!last || now >= last[0])) return this.isSummer(now) ? this.summer : this.standard;
    const at = this.transitions.findLastIndex(([when]) => when <= now);
    return at < 0 ? this.first : this.transitions[at][1];
  }

  isSummer(now) {
    const year = new Date((now + this.standard) * 1000).getUTCFullYear();
    const [begin, end] = [moment(this.days[0], year) - this.standard, moment(this.days[1], year) - this.summer];
    return begin < end ? now >= begin && now < end : now < end ? true : now >= begin;
  }

  /** Its name at a time, as English has it: `style` is that of Intl's timeZoneName. */
  label(time, style) {
    const offset = this.offset(time);
    const named = /^(America|US|Pacific\/Honolulu|Canada)/.test(this.name) || style.startsWith('long');
    const [long, other] = (named && LONG[this.short]) || [];
    const isStandard = offset === this.standard;
    if (long && style === 'short' && this.name.length > 0) return isStandard ? this.short : this.short.replace('ST', 'DT');
    if (long && style === 'long' && (isStandard || other)) return `${long} ${isStandard ? 'Standard' : other} Time`;
    return gmt(offset, style.startsWith('long'));
  }
}

function gmt(offset, isLong) {
  if (offset === 0) return 'GMT';
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 3600), Math.floor((Math.abs(offset) % 3600) / 60)];
  const two = (number) => String(number).padStart(2, '0');
  return `GMT${offset < 0 ? '-' : '+'}${isLong ? `${two(hours)}:${two(minutes)}` : `${hours}${minutes ? `:${two(minutes)}` : ''}`}`;
}

/** `+05:30` is a zone, too. */
function fixed(name) {
  const [, sign, hours, minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(name) ?? [];
  if (!sign || hours > 23 || minutes > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  return { name: `${sign}${hours}:${minutes}`, offset: () => offset, label: (_, style) => gmt(offset, style.startsWith('long')) };
}

useZones((name) => {
  const found = rows.get(name.toLowerCase());
  if (!found) return fixed(name);
  if (!known.has(found.name)) known.set(found.name, new Zone(found.name, found.row));
  return known.get(found.name);
});
