// What a process has in memory, as Linux counts it (proc_pid_status(5)). Bytes.
import { readFileSync, writeFileSync } from 'node:fs';

function status(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)![1]) * 1024;
}

export const residentMemory = (pid: number): number => status(pid, 'VmRSS');

/** The most it had since the last reset. */
export const peakMemory = (pid: number): number => status(pid, 'VmHWM');

export const resetPeakMemory = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');
