// Node's vm as far as code can be run that is given as a text: in a context its names are those of an object, and it sees the
// globals besides. That keeps nothing from it.

const contexts = new WeakSet();
const within = new Function('context', 'code', 'with (context) return eval(code);');
const text = (code) => (code instanceof Script ? code.code : String(code));

export function createContext(context = {}) {
  contexts.add(context);
  return context;
}
export const isContext = (context) => contexts.has(context);
export const runInContext = (code, context) => within(context, text(code));
export const runInNewContext = (code, context = {}) => within(createContext(context), text(code));
export const runInThisContext = (code) => (0, eval)(text(code));
export const compileFunction = (code, names = []) => new Function(...names, code);

export class Script {
  constructor(code) {
    this.code = String(code);
    // What is no code is told at once.
    new Function(this.code.replace(/^#!.*/, ''));
  }

  runInContext(context) {
    return runInContext(this, context);
  }

  runInNewContext(context) {
    return runInNewContext(this, context);
  }

  runInThisContext() {
    return runInThisContext(this);
  }
}
export default { Script, compileFunction, createContext, isContext, runInContext, runInNewContext, runInThisContext };
