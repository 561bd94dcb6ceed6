import OverloadYield from './OverloadYield.js';

export default function awaitAsyncGenerator(value) {
  return new OverloadYield(value, 0);
}
