import type { ImageSearchItem, ImageSearchOptions } from '../../api/backend/image.ts';
import { DockerError } from '../../api/error.ts';
import { booleanFilter, checkFilterNames } from '../filters.ts';
import type { RegistryClient } from '../registry/registry-client.ts';

const acceptedFilters = ['is-automated', 'is-official', 'stars'];
const defaultLimit = 25;
const maxLimit = 100;

/** Asks a registry for repositories: `TERM` of Docker Hub, or `HOST/TERM` of another that can be searched. */
export async function searchImages(
  registry: RegistryClient,
  { term, limit, filters, auth }: ImageSearchOptions,
  signal: AbortSignal,
): Promise<ImageSearchItem[]> {
  checkFilterNames(filters, acceptedFilters);
  const isOfficial = booleanFilter(filters, 'is-official');
  const isAutomated = booleanFilter(filters, 'is-automated');
  const stars = minimumStars(filters.stars);
  if (limit < 0 || limit > maxLimit) {
    throw new DockerError('invalid-parameter', `limit ${limit} is outside the range of [1, ${maxLimit}]`);
  }
  if (term.includes('://')) {
    const message = `invalid repository name: repository name (${term}) should not have a scheme`;
    throw new DockerError('invalid-parameter', message);
  }
  // Docker Hub builds none automatically any more.
  if (isAutomated) return [];
  const found = await registry.search(...splitTerm(term), limit || defaultLimit, auth, signal);
  return found
    .filter((item) => isOfficial === undefined || item.is_official === isOfficial)
    .filter((item) => item.star_count >= stars);
}

function minimumStars(values: readonly string[] = []): number {
  const counts = values.map((value) => {
    if (!/^[+-]?\d+$/.test(value)) throw new DockerError('invalid-parameter', `invalid filter 'stars=${value}'`);
    return Number(value);
  });
  return Math.max(0, ...counts);
}

/** A first part that could not be a user's name is a registry's. */
function splitTerm(term: string): [domain: string, term: string] {
  const slash = term.indexOf('/');
  const first = term.slice(0, Math.max(0, slash));
  if (slash < 0 || !(/[.:]/.test(first) || first === 'localhost')) return ['docker.io', term];
  const isHub = first === 'docker.io' || first === 'index.docker.io';
  return [isHub ? 'docker.io' : first, term.slice(slash + 1)];
}
