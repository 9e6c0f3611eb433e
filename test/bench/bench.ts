// `npm run bench`: the figures the project holds itself to, as JSON on standard output and a table on standard error.
// Give names (guest, page, native) to measure only those.

import { cpus } from 'node:os';
import { guestFigures } from './guest-figures.ts';
import { nativeFigures } from './native-figures.ts';
import { pageFigures } from './page-figures.ts';
import type { Spread } from './statistics.ts';

const asked = process.argv.slice(2);
const wanted = (name: string): boolean => asked.length === 0 || asked.includes(name);

const guest = wanted('guest') ? await guestFigures() : undefined;
const native = wanted('native') ? await nativeFigures() : undefined;
const page = wanted('page') ? await pageFigures() : undefined;

interface Row {
  readonly figure: string;
  readonly value: string;
  readonly spread?: string;
  readonly reach: string;
}

const rows: Row[] = [];
const milliseconds = (figure: string, value: Spread | undefined, reach: string): void => {
  if (value === undefined) return;
  const { median, minimum, maximum, samples } = value;
  rows.push({
    figure,
    value: `${median.toFixed(0)} ms`,
    spread: `${minimum.toFixed(0)}–${maximum.toFixed(0)} (${samples})`,
    reach,
  });
};
const rate = (figure: string, value: Spread | undefined, reach: string): void => {
  if (value === undefined) return;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const { median, minimum, maximum, samples } = value;
  rows.push({
    figure,
    value: `${megabytes(median)} MB/s`,
    spread: `${megabytes(minimum)}–${megabytes(maximum)} (${samples})`,
    reach,
  });
};
const ratio = (figure: string, ours: Spread | undefined, theirs: Spread | undefined, reach: string): void => {
  if (ours && theirs) rows.push({ figure, value: (ours.median / theirs.median).toFixed(2), reach });
};

milliseconds('page script to live prompt, warm cache', page?.prompt, '≤ 1000 ms');
if (page)
  rows.push({
    figure: 'bytes to that prompt, first visit',
    value: `${(page.firstVisitBytes / 1e6).toFixed(2)} MB`,
    reach: '≤ 8 MB',
  });
milliseconds('cold boot to prompt', page?.coldBoot, '≤ 6000 ms');
milliseconds('docker run --rm busybox true, typed', guest?.runTyped, '≤ 400 ms');
ratio('… as a ratio to the native engine', guest?.runTyped, native?.run, '≤ 1.0');
if (guest)
  rows.push({ figure: '… the very first, nothing warm', value: `${guest.runTypedFirst.toFixed(0)} ms`, reach: '–' });
milliseconds('the same through the API', guest?.runApi, '≤ 250 ms');
milliseconds('docker exec C true through the API', guest?.execApi, '≤ 120 ms');
ratio('… as a ratio to the native engine', guest?.execApi, native?.exec, '–');
rate('docker cp of a 20 MB file into a container', guest?.copyIn, '≥ 5 MB/s');
ratio('… as a ratio to the native engine', guest?.copyIn, native?.copyIn, '–');
rate('docker cp of it out of a container', guest?.copyOut, '≥ 5 MB/s');
ratio('… as a ratio to the native engine', guest?.copyOut, native?.copyOut, '–');
milliseconds('docker run -it ubuntu bash to the prompt', guest?.runBash, '≤ 1000 ms');
if (guest) {
  const { hundred } = guest;
  rows.push({
    figure: '100 detached containers',
    value: `${(hundred.milliseconds / 1000).toFixed(1)} s`,
    reach: '≤ 15 s',
  });
  rows.push({ figure: '… guest memory', value: `${hundred.megabytes.toFixed(0)} MB`, reach: '≤ 250 MB' });
  rows.push({ figure: '… running', value: String(hundred.running), reach: '100' });
}
if (page)
  rows.push({
    figure: 'idle page with 10 containers',
    value: `${(page.idleCpu * 100).toFixed(1)} % of a core`,
    reach: '≤ 5 %',
  });
milliseconds('native docker run --rm', native?.run, '–');
milliseconds('native docker exec', native?.exec, '–');

const width = (key: keyof Row): number => Math.max(...rows.map((row) => (row[key] ?? '').length));
for (const row of rows) {
  console.error(
    `${row.figure.padEnd(width('figure'))}  ${row.value.padStart(width('value'))}  ${(row.spread ?? '').padEnd(width('spread'))}  ${row.reach}`,
  );
}
console.log(
  JSON.stringify(
    { machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version }, guest, native, page },
    null,
    2,
  ),
);
process.exit(0);
