// The engine's own asynchronous functions and generators, by what they have in common. Ours are made of generators, and are told
// from others as the engine's are: by their prototype, their constructor and their tag.

const made = (code) => Object.getPrototypeOf(Function(`return ${code}`)());

export const AsyncFunctionPrototype = made('async function () {}');
export const AsyncGeneratorFunctionPrototype = made('async function* () {}');
export const AsyncIteratorPrototype = Object.getPrototypeOf(AsyncGeneratorFunctionPrototype.prototype);
