// Numbers in English.

import { heed } from './intl-locales.js';

const SIGNS = { USD: '$', EUR: '€', GBP: '£', JPY: '¥', INR: '₹', CNY: 'CN¥', KRW: '₩', CAD: 'CA$', AUD: 'A$', BRL: 'R$', MXN: 'MX$', NZD: 'NZ$', ILS: '₪', VND: '₫', TWD: 'NT$', HKD: 'HK$' };
const WHOLE = new Set(['JPY', 'KRW', 'VND', 'CLP', 'ISK']);
const SHORT = [[1e12, 'T', 'trillion'], [1e9, 'B', 'billion'], [1e6, 'M', 'million'], [1e3, 'K', 'thousand']];

export class NumberFormat {
  #options;

  constructor(locales, options = {}) {
    heed(locales);
    const { style = 'decimal', currency, notation = 'standard', minimumIntegerDigits = 1, useGrouping } = options ?? {};
    if (!['decimal', 'percent', 'currency'].includes(style)) throw new RangeError(`numbers of the style ${style} are not there: there are decimal, percent and currency`);
    if (style === 'currency' && !currency) throw new TypeError('Currency code is required with currency style.');
    const code = currency && String(currency).toUpperCase();
    const usual = style === 'currency' ? (WHOLE.has(code) ? 0 : 2) : 0;
    const least = options?.minimumFractionDigits ?? Math.min(usual, options?.maximumFractionDigits ?? usual);
    const most = options?.maximumFractionDigits ?? Math.max(least, style === 'decimal' ? 3 : usual);
    if (!(least >= 0 && most <= 100 && least <= most)) throw new RangeError('maximumFractionDigits value is out of range.');
    this.#options = {
      locale: 'en-US', numberingSystem: 'latn', style, ...(code ? { currency: code, currencyDisplay: options.currencyDisplay ?? 'symbol', currencySign: 'standard' } : {}),
      minimumIntegerDigits, minimumFractionDigits: least, maximumFractionDigits: most,
      ...(options?.maximumSignificantDigits || options?.minimumSignificantDigits ? { minimumSignificantDigits: options.minimumSignificantDigits ?? 1, maximumSignificantDigits: options.maximumSignificantDigits ?? 21 } : {}),
      useGrouping: useGrouping ?? 'auto', notation, compactDisplay: options?.compactDisplay ?? 'short', signDisplay: options?.signDisplay ?? 'auto', roundingMode: 'halfExpand',
    };
    this.format = (value) => this.formatToParts(value).map((part) => part.value).join('');
  }

  formatToParts(value) {
    const options = this.#options;
    // A BigInt keeps all of its digits where none are asked to be left out.
    const isPlain = !this.#options.minimumSignificantDigits && this.#options.notation !== 'compact';
    const number = typeof value === 'bigint' && isPlain ? value : Number(value);
    const isNegative = number < 0 || Object.is(number, -0);
    const size = isNegative ? -number : number;
    const parts = sign(isNegative, options.signDisplay, size);
    if (options.style === 'currency') parts.push({ type: 'currency', value: options.currencyDisplay === 'symbol' ? (SIGNS[options.currency] ?? `${options.currency}\u00a0`) : `${options.currency}\u00a0` });
    if (number !== number) parts.push({ type: 'nan', value: 'NaN' });
    else if (size === Infinity) parts.push({ type: 'infinity', value: '∞' });
    else parts.push(...digits(options.style === 'percent' ? percentOf(size) : size, options));
    if (options.style === 'percent') parts.push({ type: 'percentSign', value: '%' });
    return parts;
  }

  resolvedOptions() {
    return { ...this.#options };
  }
}

const percentOf = (size) => (typeof size === 'bigint' ? size * 100n : Number(`${size}e2`));

function sign(isNegative, display, size) {
  const isShown = display === 'always' || (display === 'exceptZero' && size !== 0 && !isNegative);
  if (isNegative && display !== 'never' && !(display === 'exceptZero' && size === 0)) return [{ type: 'minusSign', value: '-' }];
  return isShown && !isNegative ? [{ type: 'plusSign', value: '+' }] : [];
}

function digits(size, options) {
  const [scale, short, long] = options.notation === 'compact' ? (SHORT.find(([least]) => size >= least) ?? [1, '', '']) : [1, '', ''];
  let [whole, fraction = ''] = rounded(scale === 1 ? size : size / scale, options).split('.');
  whole = whole.padStart(options.minimumIntegerDigits, '0');
  const isGrouped = options.useGrouping !== false && options.useGrouping !== 'false' && (options.notation !== 'compact' || whole.length > 4);
  const groups = isGrouped ? whole.replace(/\B(?=(\d{3})+$)/g, ',').split(',') : [whole];
  const parts = groups.flatMap((value, at) => (at === 0 ? [{ type: 'integer', value }] : [{ type: 'group', value: ',' }, { type: 'integer', value }]));
  if (fraction) parts.push({ type: 'decimal', value: '.' }, { type: 'fraction', value: fraction });
  if (!short) return parts;
  if (options.compactDisplay === 'long') return [...parts, { type: 'literal', value: ' ' }, { type: 'compact', value: long }];
  return [...parts, { type: 'compact', value: short }];
}

/** The decimal digits, rounded half away from zero as they are written. */
function rounded(size, options) {
  if (typeof size === 'bigint') {
    return options.minimumFractionDigits ? `${size}.${'0'.repeat(options.minimumFractionDigits)}` : String(size);
  }
  if (options.minimumSignificantDigits) {
    const places = options.maximumSignificantDigits - 1 - (size === 0 ? 0 : Math.floor(Math.log10(size)));
    const text = Number(places >= 0 ? half(size, places) : size.toPrecision(options.maximumSignificantDigits)).toString();
    const count = text.replace(/^0\.0*|\./g, '').length;
    const missing = options.minimumSignificantDigits - count;
    return missing > 0 ? `${text}${text.includes('.') ? '' : '.'}${'0'.repeat(missing)}` : text;
  }
  const isCompact = options.notation === 'compact' && options.maximumFractionDigits === 3;
  const most = isCompact ? (size < 100 && !Number.isInteger(size) ? Math.max(0, 2 - String(Math.trunc(size)).length) : 0) : options.maximumFractionDigits;
  const text = half(size, most);
  const [whole, fraction = ''] = text.split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(isCompact ? 0 : options.minimumFractionDigits, '0');
  return kept ? `${whole}.${kept}` : whole;
}

function half(size, most) {
  const text = size.toString();
  if (text.includes('e')) return size.toFixed(Math.min(most, 100));
  const [whole, fraction = ''] = text.split('.');
  if (fraction.length <= most) return text;
  const kept = BigInt(whole + fraction.slice(0, most)) + (fraction[most] >= '5' ? 1n : 0n);
  const all = String(kept).padStart(most + 1, '0');
  return most === 0 ? all : `${all.slice(0, -most)}.${all.slice(-most)}`;
}
