// Figures of pulling: an image of 100 MB and 6,000 files out of a real registry on loopback, by the headless engine, by
// the page in Chromium, and by a native engine where one answers that reaches the registry.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { projectRoot } from '../../src/headless/node-machine.ts';
import { parseConfig } from '../../src/proxy/config.ts';
import { proxyListener } from '../../src/proxy/node/listener.ts';
import { createNodeProxy } from '../../src/proxy/node/node-proxy.ts';
import { launchChromium } from '../browser/chromium.ts';
import buildApps from '../browser/global-setup.ts';
import { appFolder, serveApp } from '../browser/served-app.ts';
import { TerminalPage } from '../browser/terminal-page.ts';
import { DockerRegistry } from '../registry/support/docker-registry.ts';
import { compressibleBytes, layerOf, pushLayeredImage } from '../registry/support/layered-image.ts';
import { Proxied } from '../registry/support/proxied.ts';
import { resetPeakMemory, peakMemory, residentMemory } from './process-memory.ts';
import { type Spread, spread, timed } from './statistics.ts';

export interface PullTimes {
  /** Milliseconds of a pull with nothing there, and of one with all there. */
  readonly cold: Spread;
  readonly cached: Spread;
}

export interface PullFigures {
  readonly native?: PullTimes;
  readonly node?: PullTimes & { readonly peakMegabytes: number };
  readonly chromium: PullTimes & {
    readonly peakMegabytes: number;
    /** Milliseconds from a page's navigation, with the image in IndexedDB, to the output of a container of it. */
    readonly secondVisit: Spread;
  };
}

const layers = 3;
const filesPerLayer = 2000;
const bytesPerFile = 16_667;
const runs = 3;
const name = 'registry.test';
const repository = 'bench/image';

export async function pullFigures(): Promise<PullFigures> {
  const registry = await DockerRegistry.start();
  try {
    const settings = { registries: { [name]: { upstream: registry.origin, allowPrivate: true } } };
    await pushLayeredImage(await Proxied.start(settings), name, repository, Array.from({ length: layers }, manyFiles));
    const hasDocker = spawnSync('docker', ['--version']).status === 0;
    return {
      native: hasDocker && nativeReaches(registry) ? await nativePulls(registry) : undefined,
      node: hasDocker ? await nodePulls(settings) : undefined,
      chromium: await chromiumPulls(settings),
    };
  } finally {
    await registry.stop();
  }
}

function manyFiles(_: unknown, layer: number): Uint8Array {
  const files = Array.from({ length: filesPerLayer }, (_none, at) => [
    `opt/${layer}/${at % 40}/file-${at}`,
    compressibleBytes(bytesPerFile),
  ]);
  return layerOf(Object.fromEntries(files) as Record<string, Uint8Array>);
}

async function pullTimes(docker: (...args: string[]) => Promise<unknown>, image: string): Promise<PullTimes> {
  const cold: number[] = [];
  for (let run = 0; run < runs; run++) {
    cold.push((await timed(1, () => docker('pull', '--quiet', image), 0)).median);
    if (run < runs - 1) await docker('rmi', image);
  }
  return { cold: spread(cold), cached: await timed(runs, () => docker('pull', '--quiet', image)) };
}

/** An engine takes registries on loopback without TLS, but only one in our network namespace sees ours. */
const nativeReaches = ({ host }: DockerRegistry): boolean =>
  spawnSync('docker', ['pull', '--quiet', `${host}/${repository}`]).status === 0;

async function nativePulls({ host }: DockerRegistry): Promise<PullTimes> {
  const image = `${host}/${repository}`;
  const docker = async (...args: string[]) => execFileSync('docker', args, { stdio: 'ignore' });
  await docker('rmi', image);
  const times = await pullTimes(docker, image);
  await docker('rmi', image);
  return times;
}

/** The headless engine as it is started by hand, asked by the same CLI as the native one. */
async function nodePulls(settings: object): Promise<PullFigures['node']> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  writeFileSync(join(folder, 'proxy.json'), JSON.stringify(settings));
  const socket = join(folder, 'docker.sock');
  const headless = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/headless/main.ts', '--socket', socket, '--data', join(folder, 'data')],
    {
      cwd: projectRoot,
      env: { ...process.env, DRYDOCK_PROXY_CONFIG: join(folder, 'proxy.json') },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  try {
    await listening(headless);
    const docker = async (...args: string[]) => {
      execFileSync('docker', ['--host', `unix://${socket}`, ...args], { stdio: 'ignore' });
    };
    await docker('pull', '--quiet', 'busybox');
    const idle = residentMemory(headless.pid!);
    resetPeakMemory(headless.pid!);
    const times = await pullTimes(docker, `${name}/${repository}`);
    return { ...times, peakMegabytes: (peakMemory(headless.pid!) - idle) / 1e6 };
  } finally {
    headless.kill();
    await once(headless, 'exit');
    rmSync(folder, { recursive: true });
  }
}

async function listening(headless: ChildProcess): Promise<void> {
  let log = '';
  for await (const text of headless.stderr!) {
    log += String(text);
    if (log.includes('listens on')) break;
  }
  headless.stderr!.resume();
  if (!log.includes('listens on')) throw new Error(`the headless engine ended: ${log}`);
}

const waiting = /root@drydock:~#$/;

async function chromiumPulls(settings: object): Promise<PullFigures['chromium']> {
  await buildApps();
  const app = await serveApp(appFolder, { '/proxy': proxyListener(await createNodeProxy(parseConfig(settings))) });
  const browser = await launchChromium();
  try {
    const context = await browser.newContext();
    const page = await openTab(context, app.url);
    const docker = (...args: string[]) => run(page, `docker ${args.join(' ')}`);
    await docker('pull', 'busybox');
    const pid = await rendererOf(page.page);
    const idle = residentMemory(pid);
    resetPeakMemory(pid);
    const times = await pullTimes(docker, `${name}/${repository}`);
    const peakMegabytes = (peakMemory(pid) - idle) / 1e6;
    await page.page.close();
    const visits: number[] = [];
    for (let visit = 0; visit < runs; visit++) visits.push(await secondVisit(context, app.url));
    return { ...times, peakMegabytes, secondVisit: spread(visits) };
  } finally {
    await browser.close();
    await app.close();
  }
}

async function openTab(context: BrowserContext, url: string): Promise<TerminalPage> {
  const page = await TerminalPage.openIn(context, url);
  await page.waitForText(waiting, 120_000);
  return page;
}

let commands = 0;

async function run(page: TerminalPage, line: string): Promise<void> {
  const number = ++commands;
  await page.command(`clear; ${line} > /dev/null; echo "${number} ended: $?"`);
  const text = await page.waitForText(new RegExp(`^${number} ended: \\d+$`, 'm'), 300_000);
  if (!text.includes(`${number} ended: 0`)) throw new Error(`${line}: ${text}`);
}

/** The command is typed at once, as a person in a hurry does; the page keeps it until there is a prompt. */
async function secondVisit(context: BrowserContext, url: string): Promise<number> {
  const page = await TerminalPage.openIn(context, url);
  await page.command(`docker run --rm ${name}/${repository} echo $((40 + 2))`);
  const seen = await page.page.waitForFunction(
    () => (/^42$/m.test(window.drydock?.terminalText() ?? '') ? performance.now() : undefined),
    undefined,
    { polling: 'raf', timeout: 120_000 },
  );
  const milliseconds = (await seen.jsonValue())!;
  await page.page.close();
  return milliseconds;
}

/** The process of the page and its worker: of all renderers the one with the machine in it. */
async function rendererOf(page: Page): Promise<number> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
    processInfo: { id: number; type: string }[];
  };
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  return renderers.sort((a, b) => residentMemory(b) - residentMemory(a))[0]!;
}
