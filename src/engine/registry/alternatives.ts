/** What else there is where an image has nothing for the guest's platform. */
import { type Reference, familiarName } from '../../lib/reference.ts';
import { choosePlatform, guestPlatform, parseManifest, platformName } from './manifest.ts';
import type { RegistryEndpoint, Repository } from './registry-endpoint.ts';

const wanted = platformName(guestPlatform);

/**
 * Official images whose `latest` has lost linux/386, and the newest long-lived tag that has it
 * (docs/registry.md, "Platforms"; https://github.com/docker-library/official-images).
 */
const lastTags: Readonly<Record<string, string>> = { 'library/ubuntu': '18.04', 'library/centos': '7' };

/** The tag that stands in for a `latest` without the guest's platform. */
export const lastTagFor = ({ domain, path, tag, digest }: Reference): string | undefined =>
  domain === 'docker.io' && tag === 'latest' && digest === undefined ? lastTags[path] : undefined;

/** Tags looked into, tags named, and the milliseconds all of that may take. */
const limits = { looked: 8, named: 6, time: 15_000 };

/** One sentence about tags or repositories that run here; undefined when none were found. */
export async function alternativesTo(
  endpoint: RegistryEndpoint,
  repository: Repository,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { domain, path } = repository;
  const name = familiarName({ domain, path });
  const last = domain === 'docker.io' ? lastTags[path] : undefined;
  if (last !== undefined) return `${name}:${last} is the newest with ${wanted}.`;
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limits.time)]);
  try {
    const official = /^library\/([^/]+)$/.exec(path)?.[1];
    // Docker Hub has each architecture's builds of the official images in a repository of their own.
    if (domain === 'docker.io' && official !== undefined) {
      const tags = await endpoint.tags({ ...repository, path: `i386/${official}` }, stop).catch(() => []);
      if (tags.length > 0) return `i386/${official} is its build for ${wanted}, with the tags: ${someOf(tags)}.`;
    }
    const candidates = likely(await endpoint.tags(repository, stop)).slice(0, limits.looked);
    const runs = await Promise.all(candidates.map((tag) => hasPlatform(endpoint, repository, tag, stop)));
    const found = candidates.filter((_, at) => runs[at]);
    if (found.length > 0) return `${name} has ${wanted} under the tags: ${someOf(found)}.`;
    // The one tag there is has just been looked at.
    return candidates.length < 2 ? undefined : `None of the ${candidates.length} newest tags of ${name} has ${wanted}.`;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

const byVersion = new Intl.Collator('en', { numeric: true });

const newestFirst = (tags: readonly string[]): string[] => [...tags].sort((a, b) => byVersion.compare(b, a));

function someOf(tags: readonly string[]): string {
  const named = newestFirst(tags).slice(0, limits.named).join(', ');
  return tags.length > limits.named ? `${named}, …` : named;
}

/** Tags in the order in which they are worth looking into, without those that name another architecture. */
function likely(tags: readonly string[]): string[] {
  const own = /386|(?:^|[^a-z0-9])x86(?![_-]?64)/;
  const other = /amd64|x86[_-]?64|arm|aarch|ppc|s390|riscv|mips|windows|nanoserver|\.sig$|\.att$|^sha256-/;
  const rest = newestFirst(tags.filter((tag) => !own.test(tag) && !other.test(tag)));
  return [...newestFirst(tags.filter((tag) => own.test(tag))), ...rest];
}

/** Of an index it says so itself; what a single manifest is for, only its config would tell. */
async function hasPlatform(
  endpoint: RegistryEndpoint,
  repository: Repository,
  tag: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { bytes } = await endpoint.manifest(repository, { tag }, signal);
  const manifest = parseManifest(bytes, tag);
  return 'manifests' in manifest && choosePlatform(manifest) !== undefined;
}
