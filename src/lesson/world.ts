/** What a check may see: the state of the machine a lesson is done on, and what has happened there. */
export interface LessonWorld {
  /** Asks the Engine API by GET; the path is without a version. JSON is parsed, anything else is text. */
  get(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Runs a shell command on the host, or in the namespaces of a running container. Undefined: there is no such one. */
  run(command: string, container: string | undefined): Promise<ScriptResult | undefined>;
  /** A file's text, of the host or a container. Undefined: there is no such file. */
  readFile(path: string, container: string | undefined): Promise<string | undefined>;
  /** The engine's events since then, in milliseconds since 1970, oldest first. */
  events(since: number): Promise<readonly PastEvent[]>;
  /** The docker commands that were started since then and have ended, oldest first. */
  commands(since: number): readonly PastCommand[];
  /** What has been asked of the Engine API since then, oldest first. */
  requests(since: number): readonly PastRequest[];
}

export interface ScriptResult {
  readonly exitCode: number;
  /** Standard output and error, in their order. */
  readonly output: string;
}

export interface PastEvent {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

export interface PastCommand {
  /** Begins with `docker`. */
  readonly argv: readonly string[];
  readonly exitCode: number;
}

export interface PastRequest {
  readonly method: string;
  /** Path without its version, and query. */
  readonly path: string;
  readonly userAgent: string;
  readonly status: number;
}
