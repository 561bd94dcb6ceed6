/** The value or secret of this name, undefined if there is none: `--config-value NAME=VALUE`, `--secret NAME=env:VARIABLE`. */
export declare function config(name: string): string | undefined;
/** All values, without the secrets. */
export declare function configValues(): Record<string, string>;
