// Intl.Locale: what a locale consists of, and the script and the region that its language is likely to have, after CLDR.

import { canonical } from './intl-locales.js';

/** By script, the languages of two letters that are written in it, each with its region. */
const LIKELY = `
  Latn aaET afZA akGH anES ayBO azAZ biVU bmML brFR bsBA caES chGU coFR csCZ cyGB daDK deDE eeGH enUS eo001 esES etEE euES ffSN
    fiFI fjFJ foFO frFR fyNL gaIE gdGB glES gnPY gvIM haNG hoPG hrHR htHT huHU hzNA ia001 idID ieEE igNG ikUS inID io001 isIS
    itIT jvID jwID kgCD kiKE kjNA klGL krNG kuTR kwGB laVA lbLU lgUG liNL lnCD ltLT luCD lvLV mgMG mhMH miNZ moRO msMY mtMT naNR
    nbNO ndZW ngNA nlNL nnNO noNO nrZA nvUS nyMW ocFR omET piGB plPL ptBR quPE rmCH rnBI roRO rwRW scIT seNO sgCF shRS skSK slSI
    smWS snZW soSO sqAL ssZA stZA suID svSE swTZ tkTM tlPH tnZA toTO trTR tsZA twGH tyPF uzUZ veZA viVN vo001 waBE woSN xhZA
    yoNG zaCN zuZA
  Cyrl abGE avRU baRU beBY bgBG ceRU cuRU cvRU kkKZ kvRU kyKG mkMK mnMN osGE ruRU srRS tgTJ ttRU ukUA
  Avst aeIR
  Ethi amET tiET
  Arab arEG faIR ksIN psAF sdPK ugCN urPK
  Beng asIN bnBD
  Deva bhIN hiIN mrIN neNP saIN
  Tibt boCN dzBT
  Cans crCA iuCA ojCA
  Thaa dvMV
  Grek elGR
  Gujr guIN
  Hebr heIL iwIL jiUA yiUA
  Armn hyAM
  Yiii iiCN
  Jpan jaJP
  Geor kaGE
  Khmr kmKH
  Knda knIN
  Kore koKR
  Laoo loLA
  Mlym mlIN
  Mymr myMM
  Orya orIN
  Guru paIN
  Sinh siLK
  Taml taIN
  Telu teIN
  Thai thTH
  Hans zhCN
`;
/** Languages that are written otherwise in some regions, and the region that such a script is likely to be of. */
const REGIONS = {
  Arab: 'azIQ azIR haCM haSD kkAF kkCN kkIR kkMN kuIQ kuIR kuLB kyCN msCC paPK tgPK uzAF',
  Cyrl: 'azRU kuAM kuAZ kuGE kuTM ugKZ ugMN uzCN',
  Deva: 'piIN sdIN',
  Hant: 'zhTW zhAU zhBN zhGB zhGF zhHK zhID zhMO zhPA zhPF zhPH zhSR zhTH zhUS zhVN',
  Latn: 'srME srRO srTR kyTR',
  Mong: 'mnCN',
};
const OF_SCRIPTS = { azArab: 'IR', kkArab: 'CN', kuArab: 'IQ', mnMong: 'CN', paArab: 'PK', srLatn: 'RS', uzArab: 'AF', zhHant: 'TW' };

const known = new Map();
let script;
for (const word of LIKELY.trim().split(/\s+/)) {
  if (word.length === 4 && /^[A-Z]/.test(word)) script = word;
  else known.set(word.slice(0, 2), [script, word.slice(2)]);
}
const elsewhere = new Map(Object.entries(REGIONS).flatMap(([name, words]) => words.split(' ').map((word) => [word, name])));

const title = (text) => text && text[0].toUpperCase() + text.slice(1).toLowerCase();

export class Locale {
  #rest;

  constructor(tag, options = {}) {
    const [whole] = canonical(String(tag));
    const at = whole.search(/-[a-z0-9]-/i);
    this.#rest = at < 0 ? '' : whole.slice(at).toLowerCase();
    const [language, ...parts] = (at < 0 ? whole : whole.slice(0, at)).split('-');
    const isScript = /^[a-z]{4}$/i.test(parts[0] ?? '');
    const given = isScript ? parts.shift() : undefined;
    const isRegion = /^(?:[a-z]{2}|\d{3})$/i.test(parts[0] ?? '');
    const region = isRegion ? parts.shift() : undefined;
    this.language = options.language ?? language;
    this.script = title(options.script ?? given);
    this.region = (options.region ?? region)?.toUpperCase();
    this.baseName = [this.language, this.script, this.region, ...parts].filter(Boolean).join('-');
  }

  maximize() {
    const name = this.language === 'und' ? 'en' : this.language;
    const likely = known.get(name);
    if (!likely) return new Locale(this.toString());
    const written = this.script ?? elsewhere.get(name + this.region) ?? likely[0];
    const region = this.region ?? OF_SCRIPTS[name + written] ?? likely[1];
    return new Locale(`${name}-${written}-${region}${this.#rest}`);
  }

  minimize() {
    const whole = this.maximize();
    const { language, region, script: written } = whole;
    const tags = [language, `${language}-${region}`, `${language}-${written}`];
    const found = tags.find((tag) => new Locale(tag).maximize().baseName === whole.baseName);
    return new Locale((found ?? whole.baseName) + this.#rest);
  }

  toString() {
    return this.baseName + this.#rest;
  }
}
