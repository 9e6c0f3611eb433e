/** Go's path.Clean: without doubled or trailing slashes and `.`, each `..` taking the part before it with it. */
export function cleanPath(path: string): string {
  const isAbsolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!isAbsolute) parts.push(part);
  }
  return (isAbsolute ? '/' : '') + parts.join('/') || '.';
}

/** Go's path.Join. */
export const joinPaths = (...parts: readonly string[]): string => {
  const joined = parts.filter((part) => part !== '').join('/');
  return joined === '' ? '' : cleanPath(joined);
};

/** The directory a cleaned path is in, and its name there. */
export function splitPath(path: string): { directory: string; name: string } {
  const slash = path.lastIndexOf('/');
  return {
    directory: slash < 0 ? '.' : path.slice(0, slash) || '/',
    name: path.slice(slash + 1),
  };
}
