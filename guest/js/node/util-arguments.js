// `util.parseArgs`: options and positional words of a command line.

const fail = (code, message) => {
  throw Object.assign(new TypeError(message), { code });
};

export function parseArgs({ args = [], options = {}, strict = true, allowPositionals = !strict, allowNegative = false } = {}) {
  const values = Object.create(null);
  const positionals = [];
  const byShort = new Map(Object.entries(options).filter(([, it]) => it.short).map(([name, it]) => [it.short, name]));
  const words = [...args];

  function take(name, shown, given) {
    const option = options[name];
    const isNegated = allowNegative && !option && name.startsWith('no-') && options[name.slice(3)]?.type === 'boolean';
    if (isNegated) return void (values[name.slice(3)] = false);
    if (!option && strict) fail('ERR_PARSE_ARGS_UNKNOWN_OPTION', `Unknown option '${shown}'`);
    let value = given;
    if (option?.type === 'string') {
      if (value === undefined && words.length > 0 && (!strict || !/^-./.test(words[0]))) value = words.shift();
      if (value === undefined && strict) fail('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown} <value>' argument missing`);
    } else if (option && given !== undefined && strict) {
      fail('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown}' does not take an argument`);
    }
    value ??= true;
    values[name] = option?.multiple ? [...(values[name] ?? []), value] : value;
  }

  while (words.length > 0) {
    const word = words.shift();
    if (word === '--') {
      positionals.push(...words.splice(0));
    } else if (word.startsWith('--')) {
      const [name, ...rest] = word.slice(2).split('=');
      take(name, `--${name}`, rest.length > 0 ? rest.join('=') : undefined);
    } else if (word.length > 1 && word.startsWith('-')) {
      const letters = [...word.slice(1)];
      for (let at = 0; at < letters.length; at++) {
        const name = byShort.get(letters[at]) ?? letters[at];
        const rest = letters.slice(at + 1).join('');
        const takesRest = options[name]?.type === 'string' && rest !== '';
        take(name, `-${letters[at]}`, takesRest ? rest : undefined);
        if (takesRest) break;
      }
    } else {
      if (!allowPositionals) {
        fail('ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL', `Unexpected argument '${word}'. This command does not take positional arguments`);
      }
      positionals.push(word);
    }
  }
  for (const [name, option] of Object.entries(options)) {
    if ('default' in option && !(name in values)) values[name] = option.default;
  }
  return { values, positionals };
}
