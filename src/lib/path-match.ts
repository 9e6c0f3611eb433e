/**
 * Go's path.Match, which Docker's filters use: `*` and `?` do not match a slash, `[a-z]` and `[^a]` are classes, a
 * backslash makes the next character plain. Throws an Error for a malformed pattern, as Go reports ErrBadPattern.
 */
export function pathMatch(pattern: string, name: string): boolean {
  return new RegExp(`^${translate(pattern)}$`, 'su').test(name);
}

function translate(pattern: string): string {
  let source = '';
  for (let at = 0; at < pattern.length;) {
    const character = String.fromCodePoint(pattern.codePointAt(at)!);
    at += character.length;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const match = /^(\^?)((?:\\.|[^\\\]])+)\]/su.exec(pattern.slice(at));
      if (!match) throw new Error('syntax error in pattern');
      at += match[0].length;
      source += `[${match[1]}${classSource(match[2]!)}]`;
    } else if (character === '\\') {
      if (at >= pattern.length) throw new Error('syntax error in pattern');
      const plain = String.fromCodePoint(pattern.codePointAt(at)!);
      at += plain.length;
      source += escape(plain);
    } else source += escape(character);
  }
  return source;
}

/** Ranges and single characters of a class; only `-` between two characters is special in it. */
function classSource(text: string): string {
  return [...text.matchAll(/(\\.|[^\\])(?:-(\\.|[^\\]))?/gsu)]
    .map(([, from = '', to]) => {
      const [low, high] = [from, to ?? from].map((character) => character.replace(/^\\/, ''));
      if (low! > high!) throw new Error('syntax error in pattern');
      return `${escape(low!)}-${escape(high!)}`;
    })
    .join('');
}

const escape = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;
