/** The messages of a pull, as Docker words them (moby's pkg/streamformatter). */
import type { ProgressMessage } from '../../api/progress.ts';

export const layerStatus = (id: string, status: string): ProgressMessage => ({ status, progressDetail: {}, id });

/** A step under way, with the bar that clients of old show as it is. Counts are bytes. */
export const layerProgress = (id: string, status: string, current: number, total: number): ProgressMessage => ({
  status,
  progressDetail: { current, total },
  progress: progressBar(current, total),
  id,
});

/** The same of a whole, which has no ID. */
export function byteProgress(status: string, current: number, total: number): ProgressMessage {
  const { id: _none, ...message } = layerProgress('', status, current, total);
  return total > 0 ? message : { ...message, progress: humanSize(current).padStart(8), progressDetail: { current } };
}

function progressBar(current: number, total: number): string {
  const done = total > 0 ? Math.min(50, Math.floor(((current / total) * 100) / 2)) : 50;
  const bar = `[${'='.repeat(done)}>${' '.repeat(50 - done)}]`;
  return `${bar} ${humanSize(current).padStart(8)}/${humanSize(total)}`;
}

/** go-units' HumanSize: powers of 1000, four significant digits. */
export function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  return `${Number((bytes / 1000 ** power).toPrecision(4))}${units[power]}`;
}

/** Passes on a byte count only when it has grown noticeably, as a person sees no more. */
export function sparsely(total: number, report: (bytes: number) => void): (bytes: number) => void {
  const step = Math.max(total / 50, 64 << 10);
  let next = 0;
  return (bytes) => {
    if (bytes < next && bytes < total) return;
    next = bytes + step;
    report(bytes);
  };
}
