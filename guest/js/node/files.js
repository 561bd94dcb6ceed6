// The files that packages read from beside themselves, which are in the component: what Node's fs has for reading.

import { Buffer } from './buffer.js';
import stream from './stream.js';

/** All that fs has: some look for names before they use one. */
export const NAMES = [
  ...'appendFile access chmod chown close copyFile cp fchmod fchown fdatasync fstat fsync ftruncate futimes lchmod lchown link lstat'.split(' '),
  ...'lutimes mkdir mkdtemp open opendir read readFile readdir readlink readv realpath rename rm rmdir stat statfs symlink'.split(' '),
  ...'truncate unlink utimes write writeFile writev'.split(' '),
].flatMap((name) => [name, `${name}Sync`]).concat(
  'createReadStream createWriteStream exists existsSync watch watchFile unwatchFile openAsBlob Dirent Stats ReadStream WriteStream'.split(' '),
);
const CONSTANTS = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, COPYFILE_EXCL: 1, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024 };
const KINDS = { file: 0o100444, folder: 0o040555 };

/** By their paths in the component: a text, or a byte a character. */
const files = new Map();
/** What is in each folder, by name: whether it is one itself. */
const folders = new Map();
const opened = new Map();

/** Adds a file. */
export function put(path, text, isText) {
  files.set(path, { text, isText });
  for (let at = path, isFolder = false; at !== '/'; isFolder = true) {
    const cut = at.lastIndexOf('/');
    const folder = at.slice(0, cut) || '/';
    if (!folders.has(folder)) folders.set(folder, new Map());
    folders.get(folder).set(at.slice(cut + 1), isFolder);
    at = folder;
  }
}

const bytes = ({ text, isText }) => Buffer.from(text, isText ? 'utf8' : 'latin1');

/** A path as the files have it. */
function normal(given) {
  let path = given instanceof URL || given?.protocol === 'file:' ? decodeURIComponent(given.pathname) : String(given);
  if (!path.startsWith('/')) path = `/${path}`;
  const parts = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function stats(isFolder, size) {
  const time = new Date(0);
  const is = { isDirectory: isFolder, isFile: !isFolder, isSymbolicLink: false, isFIFO: false, isSocket: false, isBlockDevice: false, isCharacterDevice: false };
  const asked = Object.fromEntries(Object.entries(is).map(([name, value]) => [name, () => value]));
  return {
    dev: 0, ino: 0, mode: isFolder ? KINDS.folder : KINDS.file, nlink: 1, uid: 0, gid: 0, size, atimeMs: 0, mtimeMs: 0, ctimeMs: 0, birthtimeMs: 0,
    atime: time, mtime: time, ctime: time, birthtime: time, ...asked,
  };
}

const encodingOf = (options) => (typeof options === 'string' ? options : options?.encoding);

/** The functions that wait for nothing. `none(name, path)` throws where there is no such file. */
function waiting(none) {
  const found = (name, path) => files.get(normal(path)) ?? none(name, path);
  const stat = (name) => (path, options) => {
    const at = normal(path);
    if (folders.has(at)) return stats(true, 0);
    if (files.has(at)) return stats(false, bytes(files.get(at)).length);
    return options?.throwIfNoEntry === false ? undefined : none(name, path);
  };
  const existing = (name) => (path) => {
    const at = normal(path);
    return files.has(at) || folders.has(at) ? at : none(name, path);
  };
  return {
    access: (path) => void existing('access')(path),
    close: (descriptor) => void opened.delete(descriptor),
    fstat: (descriptor) => stats(false, opened.get(descriptor)?.data.length ?? none('fstat', descriptor)),
    lstat: stat('lstat'),
    open: (path) => {
      const descriptor = Math.max(2, ...opened.keys()) + 1;
      opened.set(descriptor, { data: bytes(found('open', path)), at: 0 });
      return descriptor;
    },
    read: (descriptor, target, offset = 0, length = target.byteLength - offset, position = null) => {
      const file = opened.get(descriptor) ?? none('read', descriptor);
      const from = Number(position ?? file.at);
      const part = file.data.subarray(from, from + length);
      new Uint8Array(target.buffer, target.byteOffset + offset).set(part);
      if (position === null) file.at += part.length;
      return part.length;
    },
    readFile: (path, options) => {
      const data = opened.has(path) ? opened.get(path).data : bytes(found('readFile', path));
      const encoding = encodingOf(options);
      return encoding && encoding !== 'buffer' ? data.toString(encoding) : data;
    },
    readdir: (path, options) => {
      const inner = folders.get(normal(path)) ?? none('readdir', path);
      const names = [...inner.keys()].sort();
      if (!options?.withFileTypes) return names;
      return names.map((name) => ({ name, parentPath: path, path, ...stats(inner.get(name), 0) }));
    },
    realpath: existing('realpath'),
    stat: stat('stat'),
  };
}

/** The three ways in which Node has each of them. */
export function reading(none) {
  const all = Object.fromEntries(
    Object.entries(waiting((name, path) => none(`${name}Sync`, path))).map(([name, work]) => [`${name}Sync`, work]),
  );
  const promises = {};
  for (const [name, work] of Object.entries(waiting((name, path) => none(`promises.${name}`, path)))) {
    promises[name] = async (...args) => work(...args);
    all[name] = (...args) => {
      const done = args.pop();
      const rest = name === 'read' ? [args[1]] : [];
      promises[name](...args).then((value) => done(null, value, ...rest), (error) => done(error));
    };
  }
  for (const name of ['realpath', 'realpathSync']) all[name].native = all[name];
  all.existsSync = (path) => files.has(normal(path)) || folders.has(normal(path));
  all.exists = (path, done) => queueMicrotask(() => done(all.existsSync(path)));
  all.createReadStream = (path, options = {}) => {
    const made = new stream.Readable({ read() {}, encoding: encodingOf(options) });
    promises.readFile(path).then((data) => {
      made.emit('open', 3);
      made.emit('ready');
      made.push(data.subarray(options.start ?? 0, (options.end ?? Infinity) + 1));
      made.push(null);
    }, (error) => made.destroy(error));
    return Object.assign(made, { path, close: () => made.destroy() });
  };
  return { ...CONSTANTS, ...all, constants: CONSTANTS, promises };
}
