import { process } from './process.js';

Object.defineProperty(globalThis, 'process', { value: process, writable: true, configurable: true });
