import '../web/channel.js';

import { absent } from './absent.js';

const missing = absent('worker_threads', 'a handler starts no processes and no threads');
const { MessageChannel: Channel, MessagePort: Port } = globalThis;
export const isMainThread = true;
export const parentPort = null;
export const resourceLimits = {};
export const threadId = 0;
export const workerData = null;
export const SHARE_ENV = Symbol.for('nodejs.worker_threads.SHARE_ENV');
const shared = new Map();
export const getEnvironmentData = (name) => shared.get(name);
export const setEnvironmentData = (name, value) => void (value === undefined ? shared.delete(name) : shared.set(name, value));
export const markAsUntransferable = () => {};
export const receiveMessageOnPort = () => undefined;
export const { Worker } = missing;
export { Channel as MessageChannel, Port as MessagePort };
export default {
  SHARE_ENV, getEnvironmentData, setEnvironmentData, markAsUntransferable, receiveMessageOnPort, isMainThread, parentPort, resourceLimits, threadId, workerData, Worker,
  MessageChannel: Channel, MessagePort: Port,
};
