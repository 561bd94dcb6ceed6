// StarlingMonkey has all of them; only its console does not reach the server's log.

import './state.js';
import { console } from './console.js';

globalThis.console = console;
