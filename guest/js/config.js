// What the operator has configured the handler with: `--config-value NAME=VALUE`, `--secret NAME=env:VARIABLE`.

import { get, getAll } from 'wasi:config/store@0.2.0-rc.1';

export function config(name) {
  return get(name) ?? undefined;
}

export function configValues() {
  return Object.fromEntries(getAll());
}
