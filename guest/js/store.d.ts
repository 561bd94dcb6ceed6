/** The store of this name, where the server has granted it: `--keyvalue default=./data.redb`. It is opened when it is first used. */
export declare function store(name?: string): Store;

/** Bytes as they are, a text in UTF-8, everything else in JSON. */
export type StoredValue = string | ArrayBuffer | ArrayBufferView | number | boolean | null | object;

/** Values by their keys. What a call has changed is kept when it returns. */
export declare class Store {
  constructor(name: string);
  /** The value of a key as a text, or undefined if it is not there. */
  get(key: string): string | undefined;
  bytes(key: string): Uint8Array | undefined;
  json(key: string): any;
  set(key: string, value: StoredValue): void;
  delete(key: string): void;
  has(key: string): boolean;
  /** All keys, in the order of their bytes. */
  keys(): IterableIterator<string>;
  getMany(keys: Iterable<string>): (string | undefined)[];
  /** All of them or none. */
  setMany(values: Map<string, StoredValue> | Record<string, StoredValue>): void;
  deleteMany(keys: Iterable<string>): void;
  /** Adds to a number, and returns the sum. Nobody comes between. */
  increment(key: string, by?: number): number;
  /** Gives a key a value if it has the one that is expected, undefined for none. Whether it did. */
  compareAndSwap(key: string, expected: StoredValue | undefined, value: StoredValue): boolean;
  /** Makes a key's value out of the one that it has. When somebody else has changed it meanwhile, `change` is called again. */
  update<T extends StoredValue>(key: string, change: (value: string | undefined) => T): T;
}

/** Why a store does not do what it is asked. */
export declare class StoreError extends Error {
  readonly kind: 'no-such-store' | 'access-denied' | 'other';
}
