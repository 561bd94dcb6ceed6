import { URLPattern } from '../vendor/urlpattern/urlpattern.js';
import { define } from './define.js';

define({ URLPattern });
