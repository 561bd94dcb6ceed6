/** The environment variables that `doverb serve --env KEY=VALUE` grants. Python's `os.environ`. */
export declare const environ: Readonly<Record<string, string | undefined>>;
