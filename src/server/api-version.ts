/** API versions, `major.minor`: what this server speaks, and how versions compare (moby's api/types/versions). */
export const defaultApiVersion = '1.50';
export const minApiVersion = '1.24';

/** Negative when `a` is older than `b`. Parts that are missing or no number count as 0. */
export function compareApiVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let at = 0; at < Math.max(left!.length, right!.length); at++) {
    const difference = (left![at] ?? 0) - (right![at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
