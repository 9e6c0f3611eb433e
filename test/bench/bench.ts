// `npm run bench`: the figures the project holds itself to, as JSON on standard output and a table on standard error.
// Give names (guest, page, native, pull) to measure only those.

import { cpus } from 'node:os';
import type { CommandFigures } from './command-figures.ts';
import { guestFigures } from './guest-figures.ts';
import { nativeFigures } from './native-figures.ts';
import { pageFigures } from './page-figures.ts';
import { pullFigures } from './pull-figures.ts';
import type { Spread } from './statistics.ts';

const asked = process.argv.slice(2);
const wanted = (name: string): boolean => asked.length === 0 || asked.includes(name);

const guest = wanted('guest') ? await guestFigures() : undefined;
const native = wanted('native') ? await nativeFigures() : undefined;
const page = wanted('page') ? await pageFigures() : undefined;
const pull = wanted('pull') ? await pullFigures() : undefined;

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
ratio('… as a ratio to the native engine', guest?.runTyped, native?.commands.run, '≤ 1.0');
if (guest)
  rows.push({ figure: '… the very first, nothing warm', value: `${guest.runTypedFirst.toFixed(0)} ms`, reach: '–' });
const both = guest && native && { ours: guest.commands, theirs: native.commands };
type Figure = keyof CommandFigures;
const command = (figure: string, name: Figure, reach: string, ratioReach: string): void => {
  milliseconds(figure, guest?.commands[name], reach);
  ratio('… as a ratio to the native engine', both?.ours[name], both?.theirs[name], ratioReach);
};
const stream = (figure: string, name: Figure): void => {
  rate(figure, guest?.commands[name], '≥ 5 MB/s');
  ratio('… as a ratio to the native engine', both?.ours[name], both?.theirs[name], '–');
};
command('docker run --rm busybox true, from the CLI on', 'run', '≤ 250 ms', '≤ 1.0');
command('docker exec C true', 'exec', '≤ 120 ms', '≤ 1.0');
command('docker inspect C', 'inspect', '–', '≤ 1.0');
command('docker ps, 50 containers running', 'list', '–', '≤ 1.0');
command('docker ps -a, 50 containers ended', 'listStopped', '–', '≤ 1.0');
stream('docker cp of a 20 MB file into a container', 'copyIn');
stream('docker cp of it out of a container', 'copyOut');
stream('docker run busybox: yes | head -c 50M', 'attach');
stream('docker exec C: the same', 'execOutput');
stream('docker logs of 10 MB', 'logs');
if (guest) {
  const { slowdown, guestMegabytes, heapMegabytes } = guest.execs;
  rows.push({ figure: '1,000 execs: the last 100 to the first', value: slowdown.toFixed(2), reach: '≤ 1.1' });
  rows.push({ figure: '… guest memory', value: `${guestMegabytes.toFixed(1)} MB`, reach: '≤ 2 MB' });
  // An exec that has ended can be inspected for five minutes more.
  rows.push({ figure: "… the engine's heap", value: `${heapMegabytes.toFixed(1)} MB`, reach: '≤ 10 MB' });
}
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
for (const [where, figures, most] of [
  ['headless', pull?.node, '≤ 1.0'],
  ['Chromium', pull?.chromium, '≤ 1.5'],
] as const) {
  if (!figures) continue;
  milliseconds(`docker pull of 100 MB, 6,000 files, ${where}`, figures.cold, '–');
  ratio('… as a ratio to the native engine', figures.cold, pull?.native?.cold, most);
  milliseconds('… with all there', figures.cached, '–');
  ratio('… as a ratio to the native engine', figures.cached, pull?.native?.cached, most);
  rows.push({ figure: '… memory above idle', value: `${figures.peakMegabytes.toFixed(0)} MB`, reach: '≤ 150 MB' });
}
milliseconds('second visit to a running container of it', pull?.chromium.secondVisit, '≤ 1500 ms');
const width = (key: keyof Row): number => Math.max(...rows.map((row) => (row[key] ?? '').length));
for (const row of rows) {
  console.error(
    `${row.figure.padEnd(width('figure'))}  ${row.value.padStart(width('value'))}  ${(row.spread ?? '').padEnd(width('spread'))}  ${row.reach}`,
  );
}
console.log(
  JSON.stringify(
    { machine: { cpus: cpus().length, model: cpus()[0]?.model, node: process.version }, guest, native, page, pull },
    null,
    2,
  ),
);
process.exit(0);
