// What a generator made of an async one yields for `await` (kind 0) and `yield*` (kind 1).

export default function OverloadYield(value, kind) {
  this.v = value;
  this.k = kind;
}
