/**
 * The `filters` of list, prune and events: values by filter name, any of them accepted (`label` alone wants all of them).
 * On the wire it is JSON in the query, `{"label":["a","b"]}` or, from the CLI, `{"label":{"a":true,"b":true}}`.
 */
export type Filters = Readonly<Record<string, readonly string[]>>;
