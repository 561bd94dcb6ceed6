// Node's os: there is no system to tell of.

export const EOL = '\n';
export const devNull = '/dev/null';
export const constants = { signals: {}, errno: {}, priority: {} };
export const arch = () => 'wasm32';
export const availableParallelism = () => 1;
export const cpus = () => [];
export const endianness = () => 'LE';
export const freemem = () => 0;
export const homedir = () => '/';
export const hostname = () => 'localhost';
export const loadavg = () => [0, 0, 0];
export const machine = () => 'wasm32';
export const networkInterfaces = () => ({});
export const platform = () => 'linux';
export const release = () => '';
export const tmpdir = () => '/tmp';
export const totalmem = () => 0;
export const type = () => 'Doverb';
export const uptime = () => 0;
export const userInfo = () => ({ username: '', uid: -1, gid: -1, shell: null, homedir: '/' });
export const version = () => '';
export const getPriority = () => 0;
export const setPriority = () => {};
export default {
  EOL, devNull, constants, arch, availableParallelism, cpus, endianness, freemem, homedir, hostname, loadavg, machine,
  networkInterfaces, platform, release, tmpdir, totalmem, type, uptime, userInfo, version, getPriority, setPriority,
};
