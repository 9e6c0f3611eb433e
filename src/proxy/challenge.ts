/** What a registry asks for before it answers: the `WWW-Authenticate` header of RFC 9110, section 11.6.1. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted = '"(?:[^"\\\\]|\\\\.)*"';
const parameter = new RegExp(`(${token})\\s*=\\s*(${token}|${quoted})`, 'y');
const schemeName = new RegExp(`(${token})(?=\\s|,|$)`, 'y');
const separators = /[\s,]*/y;

/** The challenges of a header, in their order. What is malformed ends the list: what came before still counts. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (match(separators); at < header.length; match(separators)) {
    const pair = match(parameter);
    const current = challenges.at(-1);
    if (pair && current) {
      const [, name, value] = pair;
      const isQuoted = value!.startsWith('"');
      current.parameters.set(name!.toLowerCase(), isQuoted ? value!.slice(1, -1).replace(/\\(.)/g, '$1') : value!);
      continue;
    }
    const scheme = pair ? null : match(schemeName);
    if (!scheme) break;
    challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: new Map() });
  }
  return challenges;
}
