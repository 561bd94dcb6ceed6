// The host's `types.failure` as an exception.

const TEXTS = {
  closed: () => 'the client has gone',
  'timed-out': () => 'the client neither sent nor took anything in time',
  'invalid-status': (code) => `${code} is no status: it must be 100 to 999`,
  'too-large': (bound) => `over the bound of ${bound} bytes`,
  other: ([code, text]) => `${code}: ${text}`,
};

/**
 * Why a call failed. `kind` is the case: 'out-of-order', 'invalid-field', 'closed', 'timed-out', ...; for 'other', which is
 * any that the SDK does not know, `code` says which.
 */
export class Failure extends Error {
  constructor(kind, value) {
    super(TEXTS[kind]?.(value) ?? value ?? kind);
    this.kind = kind;
    if (kind === 'other') [this.code] = value;
    if (typeof value === 'number' || typeof value === 'bigint') this.value = Number(value);
  }

  get name() {
    return 'Failure';
  }
}

/** What an import has thrown, as a user should see it. */
export function failure(error) {
  const payload = error?.payload;
  return payload?.tag ? new Failure(payload.tag, payload.val) : error;
}
