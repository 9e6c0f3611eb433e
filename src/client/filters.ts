/** Values by filter name, as `--filter name=value` collects them. */
export type Filters = ReadonlyMap<string, ReadonlySet<string>>;

/** The `filters` query parameter: `{"name":{"value":true}}`, or nothing when there are none. */
export function encodeFilters(filters: Filters | undefined): string | undefined {
  if (filters === undefined || filters.size === 0) return undefined;
  const entries = [...filters].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(
    Object.fromEntries(
      entries.map(([name, values]) => [name, Object.fromEntries([...values].sort().map((value) => [value, true]))]),
    ),
  );
}
