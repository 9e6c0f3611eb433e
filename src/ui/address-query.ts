// The query of the page's address, written. What else is in it (`boot=cold`) stays.

/** A lesson's step, or the lesson's first when the step is not said; the playground when there is no lesson. */
export interface Place {
  readonly lesson: string | undefined;
  readonly step: string | undefined;
}

/** The query that leads to a place; `choices` are set, or taken out where they are undefined. */
export function queryTo(
  { lesson, step }: Place,
  before: string,
  choices: Readonly<Record<string, string | undefined>> = {},
): string {
  const query = new URLSearchParams(before);
  const wanted = { play: lesson === undefined ? '' : undefined, lesson, step, ...choices };
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  return `?${query.toString().replace(/\bplay=(?=&|$)/, 'play')}`;
}

export const readQuery = (query: string): URLSearchParams => new URLSearchParams(query);
