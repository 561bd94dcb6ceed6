// Decorators by the standard: what a class is given by them, and the objects of it. The translator takes the
// decorators out of the class and puts calls of these methods there.

if (!Symbol.metadata) Object.defineProperty(Symbol, 'metadata', { value: Symbol('Symbol.metadata') });

/** Those that are in the class from the beginning; fields are made with each object. */
const isField = ({ kind }) => kind === 'field';

/** In the order of the standard: statics first, and fields after all others. */
const ORDER = [
  (element) => element.isStatic && !isField(element),
  (element) => !element.isStatic && !isField(element),
  (element) => element.isStatic && isField(element),
  (element) => !element.isStatic && isField(element),
];

class Decorated {
  #ofClass;
  #elements;
  #finishers = [];
  #starters = [];

  constructor(ofClass, ofElements) {
    for (const decorator of [...ofClass, ...ofElements.flat()]) {
      if (typeof decorator !== 'function') throw new TypeError('a decorator must be a function');
    }
    this.#ofClass = ofClass;
    this.#elements = ofElements.map((decorators) => ({ decorators, initializers: [], after: [] }));
    /** The class as it is to be seen in itself. */
    this.self = undefined;
  }

  /** Keeps a key that was computed. */
  key(at, ...found) {
    const element = this.#elements[at];
    if (found.length > 0) element.key = typeof found[0] === 'symbol' ? found[0] : String(found[0]);
    return element.key;
  }

  /** A key for a private method, under which it can be taken out of the class. */
  temporary(at) {
    return (this.#elements[at].temporary ??= Symbol());
  }

  /** Calls all decorators. The class has its methods, and nothing else yet. */
  apply(self, name, described) {
    if (name !== undefined && /^$|^__doverb_class/.test(self.name)) Object.defineProperty(self, 'name', { value: name, configurable: true });
    this.self = self;
    const above = Object.getPrototypeOf(self);
    const metadata = Object.create(above?.[Symbol.metadata] ?? null);
    described.forEach(([kind, isStatic, key, access], at) => {
      const element = this.#elements[at];
      Object.assign(element, { kind, isStatic, isPrivate: access !== undefined, key: key ?? element.key });
      element.access = access ?? accessOf(element.key);
    });
    for (const isNext of ORDER) {
      for (const element of this.#elements) if (isNext(element)) this.#decorate(element, metadata);
    }
    Object.defineProperty(self, Symbol.metadata, { value: metadata, configurable: true, writable: true });
    for (const decorator of this.#ofClass.toReversed()) {
      const context = { kind: 'class', name: self.name, metadata };
      const found = called(decorator, this.self, context, this.#finishers);
      if (found !== undefined) this.self = callable(found, 'a decorator of a class');
    }
    this.#run(this.#starters.filter(({ isStatic }) => isStatic), this.self);
  }

  #decorate(element, metadata) {
    const { kind, isStatic, key, isPrivate, access, decorators } = element;
    if (decorators.length === 0) return;
    const target = isStatic ? this.self : this.self.prototype;
    const place = element.temporary ?? key;
    const description = kind === 'field' ? {} : Object.getOwnPropertyDescriptor(target, place);
    const word = { method: 'value', getter: 'get', setter: 'set' }[kind];
    const after = [];
    for (const decorator of decorators.toReversed()) {
      const context = { kind, name: key, static: isStatic, private: isPrivate, access: accessFor(kind, access), metadata };
      const { get, set } = description;
      const value = kind === 'field' ? undefined : kind === 'accessor' ? { get, set } : description[word];
      const found = called(decorator, value, context, after);
      if (found === undefined) continue;
      if (kind === 'accessor') {
        if (typeof found !== 'object' || found === null) throw new TypeError('a decorator of an accessor must return an object or undefined');
        for (const part of ['get', 'set']) if (found[part] !== undefined) description[part] = callable(found[part], `${part} of an accessor`);
        if (found.init !== undefined) element.initializers.unshift(callable(found.init, 'init of an accessor'));
      } else if (kind === 'field') {
        element.initializers.unshift(callable(found, 'a decorator of a field'));
      } else {
        description[word] = callable(found, `a decorator of a ${kind}`);
      }
    }
    if (kind === 'field' || kind === 'accessor') element.after = after;
    else this.#starters.push(...after.map((run) => ({ isStatic, run })));
    if (element.temporary) {
      delete target[element.temporary];
      for (const part of Object.values(description)) nameAnew(part, key);
      element.description = description;
    } else if (kind !== 'field') {
      Object.defineProperty(target, key, description);
    }
  }

  #run(starters, self) {
    for (const { run } of starters) run.call(self);
  }

  /** What methods want done with an object before its fields are made. */
  begin(self) {
    this.#run(this.#starters.filter(({ isStatic }) => !isStatic), self);
  }

  /** The first value of a field. */
  init(at, self, value) {
    for (const initializer of this.#elements[at].initializers) value = initializer.call(self, value);
    return value;
  }

  /** What a field wants done once it is there. */
  after(at, self) {
    for (const run of this.#elements[at].after) run.call(self);
  }

  /** A private method as its decorators have left it, or a part of an accessor. */
  part(at, name) {
    return this.#elements[at].description[name];
  }

  /** What the decorators of the class want done at last. */
  finish() {
    for (const run of this.#finishers) run.call(this.self);
  }
}

/** Calls a decorator, which may add to `initializers` until it returns. */
function called(decorator, value, context, initializers) {
  let isOver = false;
  context.addInitializer = (initializer) => {
    if (isOver) throw new TypeError('addInitializer is called after the decorator has returned');
    initializers.push(callable(initializer, 'an initializer'));
  };
  try {
    return decorator(value, context);
  } finally {
    isOver = true;
  }
}

function callable(found, what) {
  if (typeof found !== 'function') throw new TypeError(`${what} must be a function or undefined`);
  return found;
}

function accessOf(key) {
  return {
    has: (object) => key in object,
    get: (object) => object[key],
    set: (object, value) => { object[key] = value; },
  };
}

function accessFor(kind, { has, get, set }) {
  if (kind === 'setter') return { has, set };
  return kind === 'field' || kind === 'accessor' ? { has, get, set } : { has, get };
}

function nameAnew(part, key) {
  if (typeof part !== 'function') return;
  const prefix = /^[gs]et /.exec(part.name)?.[0] ?? '';
  Object.defineProperty(part, 'name', { value: prefix + key, configurable: true });
}

export default function decorators(ofClass, ofElements) {
  return new Decorated(ofClass, ofElements);
}
