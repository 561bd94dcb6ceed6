/** What there is to do, by number. */
export class Todos {
  #last = 0;
  #texts = new Map();

  all() {
    return [...this.#texts].map(([id, text]) => ({ id, text }));
  }

  add(text) {
    this.#last += 1;
    this.#texts.set(this.#last, text);
    return { id: this.#last, text };
  }

  remove(id) {
    return this.#texts.delete(id);
  }
}
