// What QuickJS has of base64, in a Node that lacks it.

Uint8Array.fromBase64 ??= (text) => new Uint8Array(Buffer.from(text, 'base64url'));
Uint8Array.prototype.toBase64 ??= function () {
  return Buffer.from(this).toString('base64url');
};
