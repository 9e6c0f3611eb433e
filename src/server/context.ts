import type { Context } from 'hono';
import { compareApiVersions } from './api-version.ts';
import type { Hijack, ServerRequest } from './http/request.ts';

/** What a route sees besides path and query: the request itself, and the place to leave a takeover of the connection. */
export interface RequestBindings extends ServerRequest {
  hijack?: Hijack;
}

export interface ApiEnv {
  Bindings: RequestBindings;
  Variables: {
    /** As the client asked for it in the path, else ours. */
    apiVersion: string;
  };
}

export type ApiContext = Context<ApiEnv>;

/** One endpoint. `path` is hono's, without the version prefix: `/containers/:id/json`, `/images/:name{.+}/json`. */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  readonly path: string;
  readonly handler: (context: ApiContext) => Response | Promise<Response>;
}

/** A parameter of the path, decoded. */
export const param = (context: ApiContext, name: string): string => context.req.param(name) ?? '';

/** Whether the client speaks this version or a newer one. */
export const apiAtLeast = (context: ApiContext, version: string): boolean =>
  compareApiVersions(context.var.apiVersion, version) >= 0;
