export async function buffer(stream) {
  const { Buffer } = await import('./buffer.js');
  const parts = [];
  for await (const part of stream) parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  return Buffer.concat(parts);
}
export async function text(stream) {
  return new TextDecoder().decode(await buffer(stream));
}
export async function json(stream) {
  return JSON.parse(await text(stream));
}
export async function arrayBuffer(stream) {
  return new Uint8Array(await buffer(stream)).buffer;
}
export default { arrayBuffer, buffer, json, text };
