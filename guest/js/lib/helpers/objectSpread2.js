export default function objectSpread2(target, ...sources) {
  for (const source of sources) {
    if (source !== null && source !== undefined) Object.defineProperties(target, Object.getOwnPropertyDescriptors({ ...source }));
  }
  return target;
}
