import { describe, expect, test } from 'vitest';
import type { ProcessFacts, PsHost } from './ps-columns.ts';
import { parsePsOptions } from './ps-options.ts';

const headings = (options: string): string =>
  parsePsOptions(options)
    .map(({ heading }) => heading)
    .join(' ');

// Headings are those procps prints for the same options.
test.each([
  ['', 'UID PID PPID C STIME TTY TIME CMD'],
  ['-ef', 'UID PID PPID C STIME TTY TIME CMD'],
  ['-F', 'UID PID PPID C SZ RSS PSR STIME TTY TIME CMD'],
  ['-A', 'PID TTY TIME CMD'],
  ['aux', 'USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND'],
  ['-aux', 'USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND'],
  ['x', 'PID TTY STAT TIME COMMAND'],
  ['-o pid,user,comm', 'PID USER COMMAND'],
  ['-eo pid,comm -o args', 'PID COMMAND COMMAND'],
  ['axo pid,stat,tname,state', 'PID STAT TTY S'],
  ['-opid,args=A,B', 'PID A,B'],
])('ps %s shows %s', (options, shown) => expect(headings(options)).toBe(shown));

test.each([
  ['-o pid,bogus', 'ps: error: unknown user-defined format specifier "bogus"'],
  ['-o pid,constructor', 'ps: error: unknown user-defined format specifier "constructor"'],
  ['-bogus', 'ps: error: unsupported SysV option'],
  ['-eo pid ppid cmd', 'ps: error: process ID list syntax error'],
  ['-l', 'top: the ps option "-l" is not implemented in Drydock yet'],
  ['-T', 'top: the ps option "-T" is not implemented in Drydock yet'],
  ['--forest', 'top: the ps option "--forest" is not implemented in Drydock yet'],
])('ps %s is refused', (options, message) => expect(() => parsePsOptions(options)).toThrow(message));

describe('a process', () => {
  const facts: ProcessFacts = {
    pid: '18368',
    stat: 'S 18347 18368 18368 34817 18368 4194560 100 0 0 0 5 2 0 0 20 0 1 0 90000 2322432 341'.split(' '),
    name: 'sleep',
    commandLine: 'sleep 100',
    uids: ['0', '0', '0', '0'],
    gids: ['7', '7', '7', '7'],
  };
  const host: PsHost = {
    now: Date.parse('2026-11-21T05:08:07Z') / 1000,
    uptime: 1000,
    memory: 512 * 1024 * 1024,
    users: new Map([['0', 'root']]),
    groups: new Map(),
  };
  const shown = (options: string, process = facts): string[] =>
    parsePsOptions(options).map(({ value }) => value(process, host));

  test('is shown as ps shows it', () => {
    expect(shown('-ef').join(' ')).toBe('root 18368 18347 0 05:06 pts/1 00:00:00 sleep 100');
    expect(shown('aux').join(' ')).toBe('root 18368 0.0 0.2 2268 1364 pts/1 Ss+ 05:06 0:00 sleep 100');
    expect(shown('-o etime,etimes,group,pri,opri,sz,f,start')).toEqual([
      '01:40',
      '100',
      '7',
      '19',
      '80',
      '567',
      '4',
      '05:06:27',
    ]);
  });

  test('of another day shows its date', () => {
    const days = { ...host, uptime: 900 + 3 * 86400 };
    const [stime, etime] = parsePsOptions('-o stime,etime').map(({ value }) => value(facts, days));
    expect([stime, etime]).toEqual(['Nov18', '3-00:00:00']);
  });
});
