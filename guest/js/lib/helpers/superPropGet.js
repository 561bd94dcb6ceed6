export default function superPropGet(home, name, receiver, flags) {
  const value = Reflect.get(Object.getPrototypeOf(flags & 1 ? home.prototype : home), name, receiver);
  return flags & 2 && typeof value === 'function' ? (args) => value.apply(receiver, args) : value;
}
