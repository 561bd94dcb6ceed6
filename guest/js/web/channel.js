// MessageChannel: two ports of one handler, each of which gets what the other posts.

import { Event, EventTarget } from './abort.js';
import { define } from './define.js';

export class MessageEvent extends Event {
  constructor(type, init = {}) {
    super(type, init);
    this.data = init.data ?? null;
    this.origin = init.origin ?? '';
    this.ports = init.ports ?? [];
  }
}

export class MessagePort extends EventTarget {
  #other;
  #isStarted = false;
  #waiting = [];
  #handler = null;

  static pair() {
    const ports = [new MessagePort(), new MessagePort()];
    [ports[0].#other, ports[1].#other] = [ports[1], ports[0]];
    return ports;
  }

  get onmessage() {
    return this.#handler;
  }

  set onmessage(handler) {
    this.#handler = handler;
    this.start();
  }

  on(type, listener) {
    this.addEventListener(type, (event) => listener(event.data));
    this.start();
    return this;
  }

  start() {
    this.#isStarted = true;
    for (const data of this.#waiting.splice(0)) this.#deliver(data);
  }

  close() {
    this.#other = undefined;
  }

  ref() {}

  unref() {}

  postMessage(data) {
    const copy = structuredClone(data);
    const other = this.#other;
    if (!other) return;
    if (other.#isStarted) other.#deliver(copy);
    else other.#waiting.push(copy);
  }

  #deliver(data) {
    setImmediate(() => this.dispatchEvent(new MessageEvent('message', { data })));
  }
}

export class MessageChannel {
  constructor() {
    [this.port1, this.port2] = MessagePort.pair();
  }
}

define({ MessageChannel, MessageEvent, MessagePort });
