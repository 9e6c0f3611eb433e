import { pathSteps, type Count, type JsonMatcher, type Matcher } from './condition.ts';

/** Longer texts are not searched: a pattern of a lesson from anywhere must not keep the machine busy. */
const longestText = 64 * 1024;

/** Whether a value is what the matcher says. */
export function matches(value: unknown, { equals, contains, matches: pattern, atLeast, atMost }: Matcher): boolean {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (equals !== undefined && value !== equals) return false;
  if (contains !== undefined && !holds(value, contains)) return false;
  if (pattern !== undefined && !new RegExp(pattern, 'm').test(String(value).slice(0, longestText))) return false;
  if (atLeast !== undefined && !(typeof number === 'number' && number >= atLeast)) return false;
  return atMost === undefined || (typeof number === 'number' && number <= atMost);
}

function holds(value: unknown, part: string | number): boolean {
  if (Array.isArray(value)) return value.includes(part);
  return typeof value === 'string' && value.includes(String(part));
}

/** A text without the line breaks at its end, as `$(…)` has it. */
export const matchesText = (text: string, matcher: Matcher): boolean => matches(text.replace(/[\r\n]+$/, ''), matcher);

/** Whether one of the values at the matcher's path is what it says, or with `none`, none of them. */
export function matchesJson(json: unknown, matcher: JsonMatcher): boolean {
  const found = select(json, pathSteps(matcher.at)!).some((value) => matches(value, matcher));
  return found !== (matcher.none ?? false);
}

/** The values a path leads to. Undefined where it leads nowhere, so that `equals` can tell it from null. */
function select(json: unknown, steps: readonly string[]): unknown[] {
  let values = [json];
  for (const step of steps) {
    values = values.flatMap((value) => {
      if (typeof value !== 'object' || value === null) return [];
      if (step === '*') return Object.values(value);
      return Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : [];
    });
  }
  return values;
}

/** Whether there are as many as wanted: at least one where nothing is said. */
export function countMatches(found: number, wanted: Count = { min: 1 }): boolean {
  if (typeof wanted === 'number') return found === wanted;
  return found >= (wanted.min ?? 0) && found <= (wanted.max ?? Infinity);
}
