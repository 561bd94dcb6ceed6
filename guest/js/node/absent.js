// What stands for a module of Node's that is not there: it can be imported, and tells whoever calls anything of it.

/** Names that those ask for who want to know what a value is. */
const QUIET = new Set(['then', 'toJSON', '__esModule', 'default', 'constructor', 'caller', 'arguments', 'callee']);

export function absent(module, advice) {
  const found = new Map();

  function member(path) {
    const fail = () => {
      throw Object.assign(new Error(`${path} is called, and Node's module "${module}" is not there: ${advice}`), {
        code: 'ERR_METHOD_NOT_IMPLEMENTED',
      });
    };
    const stub = function () {
      return fail();
    };
    return new Proxy(stub, {
      get(target, name) {
        if (typeof name === 'symbol' || QUIET.has(name) || name in target) return target[name];
        return inner(path, name);
      },
      construct: (target, args, derived) => (derived === target ? fail() : Reflect.construct(Object, [], derived)),
    });
  }

  function inner(path, name) {
    const whole = `${path}.${name}`;
    if (!found.has(whole)) found.set(whole, member(whole));
    return found.get(whole);
  }

  const set = {};
  return new Proxy(set, {
    get: (_, name) =>
      name in set || typeof name === 'symbol' || QUIET.has(name) ? set[name] : inner(module, name),
  });
}
