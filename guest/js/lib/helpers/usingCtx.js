// What `using` and `await using` have declared in a block, and what is done with it at its end.

for (const name of ['dispose', 'asyncDispose']) {
  if (!Symbol[name]) Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
}

const NOTHING = {};

export default function usingCtx() {
  const stack = [];

  function use(value, isAwaited) {
    if (value === null || value === undefined) {
      if (isAwaited) stack.push({ isAwaited });
      return value;
    }
    if (Object(value) !== value) throw new TypeError('only an object can be declared with using, or null or undefined');
    const later = isAwaited ? value[Symbol.asyncDispose] : undefined;
    const dispose = later ?? value[Symbol.dispose];
    if (typeof dispose !== 'function') throw new TypeError(`what is declared with using has no [Symbol.${isAwaited ? 'asyncDispose' : 'dispose'}]()`);
    stack.push({ value, dispose, isAwaited, isSync: isAwaited && !later });
    return value;
  }

  /** The names are the translator's: `e` is what the block has thrown. */
  return {
    e: NOTHING,
    u: (value) => use(value, false),
    a: (value) => use(value, true),
    d() {
      let error = this.e;
      const isAsync = stack.some(({ isAwaited }) => isAwaited);
      const failed = (thrown) => {
        error = error === NOTHING ? thrown : suppressed(thrown, error);
        return next();
      };
      const next = () => {
        while (stack.length > 0) {
          const { value, dispose, isAwaited, isSync } = stack.pop();
          try {
            const result = dispose?.call(value);
            if (isAwaited) return Promise.resolve(isSync ? undefined : result).then(next, failed);
          } catch (thrown) {
            if (isAwaited) return Promise.reject(thrown).catch(failed);
            error = error === NOTHING ? thrown : suppressed(thrown, error);
          }
        }
        if (error === NOTHING) return isAsync ? Promise.resolve() : undefined;
        throw error;
      };
      return next();
    },
  };
}

function suppressed(error, before) {
  const text = 'An error was suppressed during disposal';
  if (typeof SuppressedError === 'function') return new SuppressedError(error, before, text);
  return Object.assign(new Error(text), { name: 'SuppressedError', error, suppressed: before });
}
