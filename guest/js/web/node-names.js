import { define } from './define.js';

define({ navigator: { userAgent: 'doverb', hardwareConcurrency: 1, language: 'en-US', languages: ['en-US'], onLine: false, platform: '' } });
