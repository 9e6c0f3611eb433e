// The options of procps' ps that say what to show of each process. Those that choose processes have no effect: `docker
// top` shows the container's.

import { DockerError } from '../../api/error.ts';
import { psColumns, type Column } from './ps-columns.ts';

export interface ShownColumn {
  readonly heading: string;
  readonly value: Column;
}

/** Names of columns; `name=HEADING` where the format has a heading of its own. */
const formats = {
  '-f': 'user=UID,pid,ppid,c,stime,tname,time,cmd',
  '-F': 'user=UID,pid,ppid,c,sz,rss,psr,stime,tname,time,cmd',
  '-j': 'pid,pgid,sid,tname,time,ucmd',
  '-': 'pid,tname,time,ucmd',
  u: 'user,pid,%cpu,%mem,vsz,rss,tname,stat,bsdstart,bsdtime,args',
  j: 'ppid,pid,pgid,sid,tname,tpgid,stat,uid,bsdtime,args',
  bsd: 'pid,tname,stat,bsdtime,args',
} as const;

const psError = (message: string): DockerError => new DockerError('system', `ps: error: ${message}`);
const refused = (option: string): DockerError =>
  new DockerError('not-implemented', `top: the ps option "${option}" is not implemented in Drydock yet`);

/** The columns `docker top`'s ps options ask for, those of `-ef` without any. Throws a DockerError in ps's words. */
export function parsePsOptions(text: string): ShownColumn[] {
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length === 0) words.push('-ef');
  const chosen: ShownColumn[] = [];
  let format: keyof typeof formats | undefined;
  let isBsd = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word.startsWith('--')) throw refused(word);
    if (/^\d/.test(word)) throw psError('process ID list syntax error');
    // `ps -aux` has always meant `ps aux`, as long as there is no user x.
    const isUnix = word.startsWith('-') && word !== '-aux';
    const letters = word.replace(/^-/, '');
    for (let index = 0; index < letters.length; index++) {
      const letter = letters[index]!;
      if (letter === 'o') {
        const list = letters.slice(index + 1) || words[++at];
        if (list === undefined) throw psError('format specification must follow -o');
        chosen.push(...columnsOf(list));
        break;
      }
      if (isUnix) {
        if ('fFj'.includes(letter)) format = `-${letter}` as keyof typeof formats;
        else if (!'eAadNw'.includes(letter)) throw unixError(letter);
      } else {
        isBsd = true;
        if (letter === 'u' || letter === 'j') format = letter;
        else if (!'axwgr'.includes(letter)) throw bsdError(letter, word);
      }
    }
  }
  return chosen.length > 0 ? chosen : columnsOf(formats[format ?? (isBsd ? 'bsd' : '-')], { own: true });
}

/** Options ps has and this does not are refused by name; others as ps refuses them. */
const unixError = (letter: string): DockerError =>
  'CGHLMOPTUVZcghlmnpqstuyx'.includes(letter) ? refused(`-${letter}`) : psError('unsupported SysV option');
const bsdError = (letter: string, word: string): DockerError =>
  'ABCDEFGHIJKLMNOPQRSTUVWXYZcefhklmnpqstvX'.includes(letter) && !/^[a-z]{4,}$/.test(word)
    ? refused(letter)
    : psError('process ID list syntax error');

/** `pid,args=COMMAND LINE`: what follows a `=` is a heading to the end, commas and all, but in the formats above. */
function columnsOf(list: string, { own = false } = {}): ShownColumn[] {
  const equals = own ? -1 : list.indexOf('=');
  const heading = equals < 0 ? undefined : list.slice(equals + 1);
  const names = (equals < 0 ? list : list.slice(0, equals)).split(',');
  return names.map((given, index) => {
    const [name = '', ownHeading] = given.split('=');
    const column = Object.hasOwn(psColumns, name) ? psColumns[name] : undefined;
    if (column === undefined) throw psError(`unknown user-defined format specifier "${name}"`);
    const [defaultHeading, value] = column;
    const isLast = index === names.length - 1;
    return { heading: ownHeading ?? (isLast ? heading : undefined) ?? defaultHeading, value };
  });
}
