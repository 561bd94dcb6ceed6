// Large and small letters by a locale's rules: those of Turkish and Azeri, where i has its dot in either size. Other languages with
// rules of their own are answered by Unicode's general ones, and the log says so.

import { canonical, heed } from './intl-locales.js';

const languageOf = (locales) => canonical(locales)[0]?.split('-')[0];
const OWN_RULES = new Set(['el', 'hy', 'lt', 'nl']);

const method = (name, change) =>
  Object.defineProperty(String.prototype, name, {
    value: Object.getOwnPropertyDescriptor({
      [name](locales) {
        if (this === undefined || this === null) throw new TypeError(`String.prototype.${name} called on null or undefined`);
        const language = languageOf(locales);
        const text = String(this);
        if (OWN_RULES.has(language)) heed(locales);
        return language === 'tr' || language === 'az' ? change(text) : change.plain.call(text);
      },
    }, name).value,
    writable: true,
    configurable: true,
  });

method('toLocaleUpperCase', Object.assign((text) => text.replaceAll('i', '\u0130').toUpperCase(), { plain: String.prototype.toUpperCase }));
// A dot above that belongs to an I goes with it.
method('toLocaleLowerCase', Object.assign(
  (text) => text.replace(/I(?:\u0307)?|\u0130/g, (found) => (found === 'I' ? '\u0131' : 'i')).toLowerCase(),
  { plain: String.prototype.toLowerCase },
));
