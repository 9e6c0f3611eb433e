import { unixTimestamp } from '../lib/unix-timestamp.ts';
import { messageOf } from './exit-error.ts';

/** A point in time as `--since` and `--until` accept it, for the daemon. '' stays ''. `name` is the option's, for commands whose errors name it. */
export function toTimestamp(text: string, name?: string, now?: number): string {
  if (text === '') return '';
  try {
    return unixTimestamp(text, now);
  } catch (error) {
    throw new Error(`${name === undefined ? '' : `invalid value for "${name}": `}${messageOf(error)}`);
  }
}
