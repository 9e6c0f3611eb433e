/** Flags that Swarm's commands have in common. */
import { bool, filter, text } from '../../flag/flag.ts';
import { inspectFormatUsage, listFormatUsage } from '../../format-usage.ts';

export const inspectFlags = {
  format: text(inspectFormatUsage, { shorthand: 'f' }),
  pretty: bool('Print the information in a human friendly format'),
};

export const listFlags = {
  filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
  format: text(listFormatUsage),
  quiet: bool('Only display IDs', { shorthand: 'q' }),
};

export const taskFlags = {
  filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
  format: text('Pretty-print tasks using a Go template'),
  'no-resolve': bool('Do not map IDs to Names'),
  'no-trunc': bool('Do not truncate output'),
  quiet: bool('Only display task IDs', { shorthand: 'q' }),
};
