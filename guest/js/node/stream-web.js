// Node's stream/web.

import * as streams from '../vendor/web-streams/ponyfill.js';
import { TextDecoderStream, TextEncoderStream } from '../web/text-streams.js';

export * from '../vendor/web-streams/ponyfill.js';
export { TextDecoderStream, TextEncoderStream };
export default { ...streams, TextDecoderStream, TextEncoderStream };
