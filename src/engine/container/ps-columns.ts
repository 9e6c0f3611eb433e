// The columns of procps' ps, computed from a process's files in /proc.

/** What /proc says of a process; instants and spans are in seconds. */
export interface ProcessFacts {
  readonly pid: string;
  /** Of /proc/PID/stat, what follows the command's name: state, ppid, pgrp, … */
  readonly stat: readonly string[];
  readonly name: string;
  readonly commandLine: string;
  /** Real, effective, saved, file-system. */
  readonly uids: readonly string[];
  readonly gids: readonly string[];
}

/** What all processes of a listing share. */
export interface PsHost {
  readonly now: number;
  readonly uptime: number;
  /** Bytes. */
  readonly memory: number;
  readonly users: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, string>;
}

export type Column = (process: ProcessFacts, host: PsHost) => string;

const ticksPerSecond = 100;
const pageSize = 4096;

const stat =
  (index: number): Column =>
  (process) =>
    process.stat[index] ?? '0';
const number = (process: ProcessFacts, index: number): number => Number(process.stat[index] ?? 0);
const cpuSeconds = (process: ProcessFacts): number => (number(process, 11) + number(process, 12)) / ticksPerSecond;
const age = (process: ProcessFacts, host: PsHost): number =>
  Math.max(0, host.uptime - number(process, 19) / ticksPerSecond);
const started = (process: ProcessFacts, host: PsHost): Date => new Date((host.now - age(process, host)) * 1000);

const twoDigits = (value: number): string => String(Math.floor(value)).padStart(2, '0');

/** `[days-]hh:mm:ss`; hours are left out of an elapsed time below one. */
function span(seconds: number, { hours }: { hours: boolean }): string {
  const days = Math.floor(seconds / 86400);
  const hour = Math.floor(seconds / 3600) % 24;
  const rest = `${twoDigits((seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
  if (days > 0) return `${days}-${twoDigits(hour)}:${rest}`;
  return hours || hour > 0 ? `${twoDigits(hour)}:${rest}` : rest;
}

const user =
  (index: number): Column =>
  ({ uids }, { users }) =>
    users.get(uids[index] ?? '') ?? uids[index] ?? '';
const group =
  (index: number): Column =>
  ({ gids }, { groups }) =>
    groups.get(gids[index] ?? '') ?? gids[index] ?? '';

const cpuPercent = (process: ProcessFacts, host: PsHost): number => {
  const seconds = age(process, host);
  return seconds > 0 ? (cpuSeconds(process) / seconds) * 100 : 0;
};
/** To one digit, cut off as ps does. */
const percent = (value: number): string =>
  value >= 99.9 ? value.toFixed(0) : (Math.floor(value * 10) / 10).toFixed(1);

/** `R`, and what else is told of it: niced, session leader, threads, in the foreground. */
function fullState(process: ProcessFacts): string {
  const nice = number(process, 16);
  const isLeader = process.stat[3] === process.pid;
  const isForeground = process.stat[5] === process.stat[2];
  return [
    process.stat[0],
    nice < 0 ? '<' : nice > 0 ? 'N' : '',
    isLeader ? 's' : '',
    number(process, 17) > 1 ? 'l' : '',
    isForeground ? '+' : '',
  ].join('');
}

/** `pts/0` for device 136:0; `?` for none. */
function terminal(process: ProcessFacts): string {
  const device = number(process, 4);
  return device >> 8 === 136 ? `pts/${device & 0xff}` : '?';
}

/** The hour of a start within the last day, else its date. */
const startTime: Column = (process, host) => {
  const date = started(process, host);
  if (age(process, host) < 86400) return date.toISOString().slice(11, 16);
  return `${date.toUTCString().slice(8, 11)}${twoDigits(date.getUTCDate())}`;
};

const cumulativeTime: Column = (process) => span(cpuSeconds(process), { hours: true });
const bsdTime: Column = (process) => {
  const seconds = Math.floor(cpuSeconds(process));
  return `${Math.floor(seconds / 60)}:${twoDigits(seconds % 60)}`;
};
const memoryPercent: Column = (process, host) => percent((number(process, 21) * pageSize * 100) / host.memory);
const kilobytes = (bytes: number): string => String(Math.floor(bytes / 1024));
const rss: Column = (process) => kilobytes(number(process, 21) * pageSize);
const vsz: Column = (process) => kilobytes(number(process, 20));
const elapsed: Column = (process, host) => span(age(process, host), { hours: false });

/** Columns by the name `-o` knows them by: heading and value. Synonyms stand beside each other. */
export const psColumns: Readonly<Record<string, readonly [heading: string, column: Column]>> = {
  pid: ['PID', ({ pid }) => pid],
  tgid: ['TGID', ({ pid }) => pid],
  ppid: ['PPID', stat(1)],
  pgid: ['PGID', stat(2)],
  pgrp: ['PGRP', stat(2)],
  sid: ['SID', stat(3)],
  sess: ['SESS', stat(3)],
  session: ['SESS', stat(3)],
  tpgid: ['TPGID', stat(5)],
  uid: ['UID', ({ uids }) => uids[1] ?? ''],
  euid: ['EUID', ({ uids }) => uids[1] ?? ''],
  ruid: ['RUID', ({ uids }) => uids[0] ?? ''],
  gid: ['GID', ({ gids }) => gids[1] ?? ''],
  egid: ['EGID', ({ gids }) => gids[1] ?? ''],
  rgid: ['RGID', ({ gids }) => gids[0] ?? ''],
  user: ['USER', user(1)],
  uname: ['USER', user(1)],
  euser: ['EUSER', user(1)],
  ruser: ['RUSER', user(0)],
  group: ['GROUP', group(1)],
  egroup: ['EGROUP', group(1)],
  rgroup: ['RGROUP', group(0)],
  '%cpu': ['%CPU', (process, host) => percent(cpuPercent(process, host))],
  pcpu: ['%CPU', (process, host) => percent(cpuPercent(process, host))],
  c: ['C', (process, host) => String(Math.floor(cpuPercent(process, host)))],
  '%mem': ['%MEM', memoryPercent],
  pmem: ['%MEM', memoryPercent],
  vsz: ['VSZ', vsz],
  vsize: ['VSZ', vsz],
  rss: ['RSS', rss],
  rssize: ['RSS', rss],
  rsz: ['RSZ', rss],
  sz: ['SZ', (process) => String(Math.floor(number(process, 20) / pageSize))],
  tty: ['TT', terminal],
  tt: ['TT', terminal],
  tname: ['TTY', terminal],
  stat: ['STAT', fullState],
  state: ['S', stat(0)],
  s: ['S', stat(0)],
  start: ['STARTED', (process, host) => started(process, host).toISOString().slice(11, 19)],
  stime: ['STIME', startTime],
  bsdstart: ['START', startTime],
  start_time: ['START', startTime],
  time: ['TIME', cumulativeTime],
  cputime: ['TIME', cumulativeTime],
  bsdtime: ['TIME', bsdTime],
  etime: ['ELAPSED', elapsed],
  etimes: ['ELAPSED', (process, host) => String(Math.floor(age(process, host)))],
  comm: ['COMMAND', ({ name }) => name],
  ucomm: ['COMMAND', ({ name }) => name],
  ucmd: ['CMD', ({ name }) => name],
  args: ['COMMAND', ({ commandLine }) => commandLine],
  command: ['COMMAND', ({ commandLine }) => commandLine],
  cmd: ['CMD', ({ commandLine }) => commandLine],
  ni: ['NI', stat(16)],
  nice: ['NI', stat(16)],
  pri: ['PRI', (process) => String(39 - number(process, 15))],
  opri: ['PRI', (process) => String(60 + number(process, 15))],
  priority: ['PRI', stat(15)],
  nlwp: ['NLWP', stat(17)],
  thcount: ['THCNT', stat(17)],
  psr: ['PSR', stat(36)],
  f: ['F', (process) => ((number(process, 6) >> 6) & 7).toString(8)],
  flags: ['F', (process) => ((number(process, 6) >> 6) & 7).toString(8)],
};
