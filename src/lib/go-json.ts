/**
 * JSON as Go's encoding/json writes it, for what is known by its digest: no blanks, and the characters HTML minds (with
 * the two line separators JavaScript once minded) as escapes.
 */
export const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A map as Go writes it, keys in order (of their bytes); null stays null. */
export const goMap = <T>(map: Readonly<Record<string, T>> | null | undefined): Record<string, T> | null =>
  map ? Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) : null;
