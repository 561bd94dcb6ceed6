import '../web/channel.js';

import { absent } from './absent.js';

const missing = absent('worker_threads', 'a handler starts no processes and no threads');
const { MessageChannel: Channel, MessagePort: Port } = globalThis;
export const isMainThread = true;
export const parentPort = null;
export const resourceLimits = {};
export const threadId = 0;
export const workerData = null;
export const { Worker } = missing;
export { Channel as MessageChannel, Port as MessagePort };
export default { isMainThread, parentPort, resourceLimits, threadId, workerData, Worker, MessageChannel: Channel, MessagePort: Port };
