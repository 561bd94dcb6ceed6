// TextEncoderStream and TextDecoderStream.

import './streams.js';
import { define } from './define.js';

export class TextEncoderStream {
  #transform = new TransformStream({
    transform: (chunk, controller) => controller.enqueue(new TextEncoder().encode(String(chunk))),
  });

  get encoding() {
    return 'utf-8';
  }

  get readable() {
    return this.#transform.readable;
  }

  get writable() {
    return this.#transform.writable;
  }
}

export class TextDecoderStream {
  #transform;

  constructor(label, options) {
    const decoder = new TextDecoder(label, options);
    const give = (controller, text) => text && controller.enqueue(text);
    this.encoding = decoder.encoding;
    this.fatal = decoder.fatal;
    this.#transform = new TransformStream({
      transform: (chunk, controller) => give(controller, decoder.decode(chunk, { stream: true })),
      flush: (controller) => give(controller, decoder.decode()),
    });
  }

  get readable() {
    return this.#transform.readable;
  }

  get writable() {
    return this.#transform.writable;
  }
}

define({ TextDecoderStream, TextEncoderStream });
