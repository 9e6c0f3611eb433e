/** Progress of a pull as moby's jsonmessage shows it: on a terminal one line a layer, redrawn in place. */
import type { ProgressDetail, ProgressMessage } from '../../api/progress.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { humanSize } from '../format/units.ts';
import type { CliOutput } from '../io.ts';

export interface DisplayOptions {
  /** Columns of the terminal; a bar needs more than 110. */
  readonly columns?: number;
  /** Milliseconds since 1970, for the time left. */
  readonly now?: () => number;
}

/** Shows all messages. Throws the error that one of them carries. */
export async function displayProgress(
  messages: AsyncIterable<ProgressMessage>,
  output: CliOutput,
  { columns = 200, now = Date.now }: DisplayOptions = {},
): Promise<void> {
  let lines = new Map<string, number>();
  for await (const message of messages) {
    if (message.aux !== undefined) continue;
    const { id = '', progressDetail, progress } = message;
    let text = '';
    let below = 0;
    if (id !== '' && (progressDetail !== undefined || progress)) {
      let line = lines.get(id);
      if (line === undefined) {
        line = lines.size;
        lines.set(id, line);
        if (output.isTty) text += '\n';
      }
      below = lines.size - line;
      if (output.isTty) text += `\x1b[${below}A`;
    } else {
      // A message of its own ends the block of lines above it.
      lines = new Map();
    }
    const shown = message.errorDetail === undefined ? render(message, output.isTty, columns, now()) : '';
    text += shown;
    if (below > 0 && output.isTty) text += `\x1b[${below}B`;
    if (text !== '') await output.write(encodeUtf8(text));
    if (message.errorDetail !== undefined) throw new Error(message.errorDetail.message ?? message.error ?? '');
  }
}

function render(message: ProgressMessage, isTty: boolean, columns: number, now: number): string {
  const { stream = '', status = '', id = '', progressDetail, progress } = message;
  const bar = progressDetail === undefined ? '' : progressBar(progressDetail, columns, now);
  const redraws = isTty && stream === '' && progressDetail !== undefined;
  // Elsewhere than on a terminal a bar would only fill the log.
  if (!redraws && progressDetail !== undefined && bar !== '') return '';
  const start = `${redraws ? '\x1b[2K\r' : ''}${id === '' ? '' : `${id}: `}`;
  const end = redraws ? '\r' : '';
  if (progressDetail !== undefined && isTty) return `${start}${status} ${bar}${end}`;
  if (progress) return `${start}${status} ${progress}${end}`;
  return stream === '' ? `${start}${status}${end}\n` : `${start}${stream}${end}`;
}

/** `[=====>      ]  1.2MB/4.27MB 3s`. */
export function progressBar(
  { current = 0, total = 0, start = 0, hidecounts, units = '' }: ProgressDetail,
  columns: number,
  now: number,
): string {
  if (current <= 0 && total <= 0) return '';
  const count = (value: number): string => (units === '' ? humanSize(value) : String(value));
  if (total <= 0) return units === '' ? count(current).padStart(8) : `${current} ${units}`;
  const half = Math.min(50, Math.trunc(Math.trunc((current / total) * 100) / 2));
  const bar = columns > 110 ? `[${'='.repeat(half)}>${' '.repeat(50 - half)}] ` : '';
  let numbers = '';
  if (!hidecounts) {
    const unit = units === '' ? '' : ` ${units}`;
    const width = units === '' ? 8 : 0;
    numbers =
      current > total
        ? `${count(current).padStart(width)}${unit}`
        : `${count(current).padStart(width)}/${count(total)}${unit}`;
  }
  const showsTime = columns > 50 && current > 0 && start > 0 && half < 50;
  return bar + numbers + (showsTime ? ` ${timeLeft(current, total, now - start * 1000)}` : '');
}

function timeLeft(current: number, total: number, elapsed: number): string {
  const seconds = Math.round(((total - current) * (elapsed / current)) / 1000);
  const [hours, minutes] = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}h` : ''}${seconds >= 60 ? `${minutes}m` : ''}${seconds % 60}s`;
}
