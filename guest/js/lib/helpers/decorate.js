// Decorators as TypeScript's `experimentalDecorators` means them.

export default function decorate(decorators, target, key, description) {
  const count = arguments.length;
  let result = count < 3 ? target : description === null ? Object.getOwnPropertyDescriptor(target, key) : description;
  for (const decorator of decorators.toReversed()) {
    if (!decorator) continue;
    result = (count < 3 ? decorator(result) : count > 3 ? decorator(target, key, result) : decorator(target, key)) || result;
  }
  return count > 3 && result ? Object.defineProperty(target, key, result) : result;
}
