/** Takes out of a command's output what differs from run to run: IDs, times, addresses, and so the width of columns. */
export function normalise(output: string, argv: readonly string[]): string {
  let text = output
    .replace(/\b[0-9a-f]{64}\b/g, 'ID')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, 'SHORT-ID')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000 UTC)/g, 'TIME')
    .replace(/\b(Less than a second|About an? \w+|\d+ (second|minute|hour|day|week|month|year)s?)( ago)?\b/g, 'AGO$3')
    .replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, 'MAC')
    .replace(/172\.\d+\.\d+\.\d+/g, 'ADDRESS');
  if (argv.includes('top')) text = text.replace(/\b\d\d:\d\d\b/g, 'HH:MM').replace(/(?<=\s|^)[\d.]+(?=\s)/gm, 'N');
  // `AGO` stands for texts of any length, and what stands in a column makes it wide.
  return text.replace(/ {2,}/g, '  ').replace(/ +$/gm, '');
}
