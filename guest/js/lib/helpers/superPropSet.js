export default function superPropSet(home, name, value, receiver, isStrict, isPrototype) {
  const done = Reflect.set(Object.getPrototypeOf(isPrototype ? home.prototype : home), name, value, receiver);
  if (!done && isStrict) throw new TypeError(`failed to set property ${String(name)}`);
  return value;
}
