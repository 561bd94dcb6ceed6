class Channel {
  #subscribers = [];

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() {
    return this.#subscribers.length > 0;
  }

  subscribe(subscriber) {
    this.#subscribers.push(subscriber);
  }

  unsubscribe(subscriber) {
    const at = this.#subscribers.indexOf(subscriber);
    if (at >= 0) this.#subscribers.splice(at, 1);
    return at >= 0;
  }

  publish(message) {
    for (const subscriber of this.#subscribers) subscriber(message, this.name);
  }

  bindStore() {}

  unbindStore() {}

  runStores(_, callback, self, ...args) {
    return callback.apply(self, args);
  }
}

const channels = new Map();
export function channel(name) {
  if (!channels.has(name)) channels.set(name, new Channel(name));
  return channels.get(name);
}
export const hasSubscribers = (name) => channel(name).hasSubscribers;
export const subscribe = (name, subscriber) => channel(name).subscribe(subscriber);
export const unsubscribe = (name, subscriber) => channel(name).unsubscribe(subscriber);
export function tracingChannel(name) {
  const parts = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((part) => [part, channel(`tracing:${name}:${part}`)]);
  return {
    ...Object.fromEntries(parts),
    hasSubscribers: false,
    subscribe() {},
    unsubscribe() {},
    traceSync: (callback, _, self, ...args) => callback.apply(self, args),
    tracePromise: (callback, _, self, ...args) => callback.apply(self, args),
    traceCallback: (callback, _, __, self, ...args) => callback.apply(self, args),
  };
}
export { Channel };
export default { Channel, channel, hasSubscribers, subscribe, tracingChannel, unsubscribe };
