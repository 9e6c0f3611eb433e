// What is pulled stays in the browser: over a reload, without a network, when a tab is closed in the middle, between
// tabs.
import { createHash, randomBytes } from 'node:crypto';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/proxy/config.ts';
import { proxyListener } from '../../src/proxy/node/listener.ts';
import { createNodeProxy } from '../../src/proxy/node/node-proxy.ts';
import { DockerRegistry } from '../registry/support/docker-registry.ts';
import { FaultInjector } from '../registry/support/fault-injector.ts';
import { type LayeredImage, layerOf, pushLayeredImage } from '../registry/support/layered-image.ts';
import { Proxied } from '../registry/support/proxied.ts';
import { launchChromium } from './chromium.ts';
import { appFolder, serveApp, type ServedApp } from './served-app.ts';
import { TerminalPage } from './terminal-page.ts';

const waiting = /root@drydock:~#$/;
const contents = { first: randomBytes(6 << 20), second: randomBytes(6 << 20), third: randomBytes(6 << 20) };

let registry: DockerRegistry;
let injector: FaultInjector;
let app: ServedApp;
let browser: Browser;
let context: BrowserContext;
/** The registry's name, as the page knows it. */
let host: string;
let images: Record<keyof typeof contents, LayeredImage>;
/** Requests for the layers on top, `<digest> <range>`. */
const asked: string[] = [];

beforeAll(async () => {
  registry = await DockerRegistry.start();
  injector = await FaultInjector.start(registry.origin);
  host = 'registry.test';
  const proxied = await Proxied.start({ registries: { [host]: { upstream: registry.origin, allowPrivate: true } } });
  const push = (name: keyof typeof contents) =>
    pushLayeredImage(proxied, host, `it/${name}`, [layerOf({ 'data/file': contents[name] })]);
  images = { first: await push('first'), second: await push('second'), third: await push('third') };
  const config = parseConfig({ registries: { [host]: { upstream: injector.origin, allowPrivate: true } } });
  app = await serveApp(appFolder, { '/proxy': proxyListener(await createNodeProxy(config)) });
  injector.fault = ({ url, headers }) => note(url!, headers.range);
  browser = await launchChromium();
  context = await browser.newContext();
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
  injector?.stop();
  await registry?.stop();
});

function note(url: string, range = 'all'): false {
  const digest = url.split('/blobs/')[1];
  const isLayer = Object.values(images).some(({ layers }) => layers.includes(digest ?? ''));
  if (isLayer) asked.push(`${digest} ${range}`);
  return false;
}

async function openTab(): Promise<TerminalPage> {
  const page = await TerminalPage.openIn(context, app.url);
  await page.waitForText(waiting, 60_000);
  return page;
}

let commands = 0;

/** Types a command and waits for its end; resolves with what the terminal shows. */
async function run(page: TerminalPage, line: string): Promise<string> {
  const number = ++commands;
  await page.command(`clear; ${line}; echo "${number} ended: $?"`);
  return page.waitForText(new RegExp(`^${number} ended: \\d+$`, 'm'), 90_000);
}

const pull = (page: TerminalPage, name: keyof typeof contents): Promise<string> =>
  run(page, `docker pull ${host}/it/${name}`);

/** Keys of the records in IndexedDB; those of pieces are arrays. */
const keysIn = (page: TerminalPage): Promise<(string | [string, number])[]> =>
  page.page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error!);
      });
    const database = await result(indexedDB.open('drydock'));
    const keys = await result(database.transaction('blobs').objectStore('blobs').getAllKeys());
    database.close();
    return keys as [];
  });

test('a pulled image is there after a reload, and runs with the network cut', async () => {
  const page = await openTab();
  expect(await pull(page, 'first')).toMatch(/ ended: 0$/m);
  expect(asked).toEqual([`${images.first.layers[0]} all`]);
  await page.page.reload();
  await page.waitForText(waiting, 60_000);
  await context.setOffline(true);
  const requests: string[] = [];
  const onRequest = (request: { url(): string }) => requests.push(request.url());
  context.on('request', onRequest);
  try {
    const digests = await run(page, "docker images --digests --format '{{.Repository}} {{.Digest}}'");
    expect(digests).toContain(`${host}/it/first ${images.first.digest}`);
    const hash = createHash('sha256').update(contents.first).digest('hex');
    expect(await run(page, `docker run --rm ${host}/it/first sha256sum /data/file`)).toContain(`${hash}  /data/file`);
  } finally {
    context.off('request', onRequest);
    await context.setOffline(false);
  }
  // The page may want other files of its own server: the host's tools, when somebody types one's name.
  expect(requests.filter((url) => /\/(?:proxy|registry)\//.test(url))).toEqual([]);
  await page.page.close();
});

test('a pull whose tab is closed goes on where it was in the next', async () => {
  asked.length = 0;
  const [layer] = images.second.layers;
  injector.fault = async ({ url, headers }, response) => {
    note(url!, headers.range);
    if (!url!.endsWith(layer!) || asked.length > 1) return false;
    const whole = new Uint8Array(await (await fetch(registry.origin + url!)).arrayBuffer());
    response.writeHead(200, { 'Content-Length': whole.length });
    response.write(whole.subarray(0, 4 << 20));
    return true;
  };
  const closed = await openTab();
  await closed.command(`docker pull ${host}/it/second`);
  const pieces = async () => (await keysIn(closed)).filter((key) => String(key).startsWith(`download/${layer}`));
  await expect.poll(async () => (await pieces()).length, { timeout: 60_000 }).toBeGreaterThan(1);
  await closed.page.close();
  const page = await openTab();
  expect(await pull(page, 'second')).toMatch(/ ended: 0$/m);
  expect(asked).toHaveLength(2);
  const [, offset] = /bytes=(\d+)-$/.exec(asked[1]!)!;
  expect(Number(offset)).toBeGreaterThan(2 << 20);
  expect(await pieces().catch(() => [])).toEqual([]);
  injector.fault = ({ url, headers }) => note(url!, headers.range);
  await page.page.close();
});

test('two tabs that pull the same image download it once', async () => {
  asked.length = 0;
  const [a, b] = [await openTab(), await openTab()];
  const both = await Promise.all([a, b].map((page) => pull(page, 'third')));
  for (const text of both) expect(text).toMatch(/ ended: 0$/m);
  expect(asked).toEqual([`${images.third.layers[0]} all`]);
  // What one removes is gone in the other; the layer stays while a container there uses it.
  expect(await run(a, `docker create --name user ${host}/it/third true`)).toMatch(/ ended: 0$/m);
  expect(await run(b, `docker rmi ${host}/it/third`)).toMatch(/ ended: 0$/m);
  await expect.poll(() => run(a, 'docker images --format {{.Repository}}')).not.toContain('it/third');
  expect(await run(a, 'docker start -a user')).toMatch(/ ended: 0$/m);
  await a.page.close();
  await b.page.close();
});
