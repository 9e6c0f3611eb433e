/** The help of `--format`, the same for all lists and for all inspections. */
const more =
  'Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates';

export const listFormatUsage = `Format output using a custom template:
'table':            Print output in table format with column headers (default)
'table TEMPLATE':   Print output in table format using the given Go template
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
${more}`;

export const inspectFormatUsage = `Format output using a custom template:
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
${more}`;
