import type { ComponentVersion, Version } from '../../../api/system.ts';
import { apiVersion } from '../../../client/transport.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { ExitError, messageOf } from '../../exit-error.ts';
import { text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { GoNil, GoStruct, sortedKeys } from '../../../lib/go-template/go-value.ts';
import { alignTabs } from '../../format/tabwriter.ts';
import { Template } from '../../../lib/go-template/template.ts';
import { cliBuild, cliVersion } from '../../version.ts';

const flags = { format: text(inspectFormatUsage, { shorthand: 'f' }) };

const layout = `{{with .Client -}}
Client:{{if ne .Platform nil}}{{if ne .Platform.Name ""}} {{.Platform.Name}}{{end}}{{end}}
 Version:	{{.Version}}
 API version:	{{.APIVersion}}{{if ne .APIVersion .DefaultAPIVersion}} (downgraded from {{.DefaultAPIVersion}}){{end}}
 Go version:	{{.GoVersion}}
 Git commit:	{{.GitCommit}}
 Built:	{{.BuildTime}}
 OS/Arch:	{{.Os}}/{{.Arch}}
 Context:	{{.Context}}
{{- end}}
{{- if ne .Server nil}}{{with .Server}}

Server:{{if ne .Platform.Name ""}} {{.Platform.Name}}{{end}}
 {{- range .Components}}
 {{.Name}}:
  Version:	{{.Version}}
  {{- if eq .Name "Engine" }}
  API version:	{{index .Details "ApiVersion"}} (minimum version {{index .Details "MinAPIVersion"}})
  Go version:	{{index .Details "GoVersion"}}
  Git commit:	{{index .Details "GitCommit"}}
  Built:	{{index .Details "BuildTime"}}
  OS/Arch:	{{index .Details "Os"}}/{{index .Details "Arch"}}
  Experimental:	{{index .Details "Experimental"}}
  {{- else }}
  {{- $component := .}}
  {{- range $key := detailNames .}}
  {{$key}}:	{{index $component.Details $key}}
  {{- end}}
  {{- end}}
 {{- end}}
{{- end}}{{end}}`;

/** The names of a component's details, sorted. */
const detailNames = {
  params: ['any'] as const,
  call: (of: GoStruct) => sortedKeys(of.get('Details') as Record<string, string>),
};

export const version: CommandSpec<typeof flags> = {
  use: 'version [OPTIONS]',
  short: 'Show the Docker version information',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { format } }) {
    const template = parse(format);
    let failure: Error | undefined;
    // The client's part is shown even when there is no server to speak of.
    const apiInUse = await cli.client.apiVersion().catch(() => apiVersion);
    const server = await cli.client.system.version().catch((error: unknown) => {
      failure = error as Error;
      return undefined;
    });
    const data = new GoStruct('system.versionInfo', {
      Client: clientVersion(apiInUse),
      Server: server ? serverVersion(server) : new GoNil('*types.Version'),
    });
    await printRendered(cli, () => alignTabs(template.render(data), { minWidth: 20, padding: 1 }));
    if (failure !== undefined) throw failure;
  },
};

/** A line that ends even where what stands in it could not be rendered. */
export async function printRendered(cli: DockerCli, render: () => string): Promise<void> {
  let line = '';
  try {
    line = render();
  } finally {
    await cli.print(`${line}\n`);
  }
}

function parse(format: string): Template {
  const source = format === '' ? layout : format === 'json' ? '{{json .}}' : format;
  try {
    return new Template(source, { name: 'version', functions: { detailNames } });
  } catch (error) {
    throw new ExitError(64, `template parsing error: ${messageOf(error)}`);
  }
}

/** What this client is. There is no Go in it, and it was built nowhere but here. */
export function clientFields(): Record<string, string> {
  return {
    Version: cliVersion,
    DefaultAPIVersion: apiVersion,
    GitCommit: cliBuild,
    GoVersion: 'none (TypeScript)',
    Os: 'linux',
    Arch: '386',
    BuildTime: '',
  };
}

function clientVersion(apiInUse: string): GoStruct {
  const { Version, DefaultAPIVersion, ...rest } = clientFields();
  const fields = {
    Platform: platform('Drydock'),
    Version,
    APIVersion: apiInUse,
    DefaultAPIVersion,
    ...rest,
    Context: 'default',
  };
  return new GoStruct('system.clientVersion', fields, {
    json: () => {
      const { APIVersion, ...others } = fields;
      const entries = Object.entries({ ...others, ApiVersion: APIVersion }).filter(([, value]) => value !== '');
      const order = [
        'Platform',
        'Version',
        'ApiVersion',
        'DefaultAPIVersion',
        'GitCommit',
        'GoVersion',
        'Os',
        'Arch',
        'BuildTime',
        'Context',
      ];
      return Object.fromEntries(entries.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
    },
  });
}

const platform = (name: string): GoStruct => new GoStruct('struct { Name string }', { Name: name });

function serverVersion(server: Version): GoStruct {
  const components = [...(server.Components ?? [])];
  if (!components.some(({ Name }) => Name === 'Engine')) {
    const {
      ApiVersion,
      MinAPIVersion = '',
      GitCommit,
      GoVersion,
      Os,
      Arch,
      BuildTime = '',
      Experimental = false,
    } = server;
    components.push({
      Name: 'Engine',
      Version: server.Version,
      Details: {
        ApiVersion,
        MinAPIVersion,
        GitCommit,
        GoVersion,
        Os,
        Arch,
        BuildTime,
        Experimental: String(Experimental),
      },
    });
  }
  const fields = {
    Platform: platform(server.Platform?.Name ?? ''),
    Components: components.map(componentVersion),
    Version: server.Version,
    APIVersion: server.ApiVersion,
    MinAPIVersion: server.MinAPIVersion ?? '',
    GitCommit: server.GitCommit,
    GoVersion: server.GoVersion,
    Os: server.Os,
    Arch: server.Arch,
    KernelVersion: server.KernelVersion ?? '',
    Experimental: server.Experimental ?? false,
    BuildTime: server.BuildTime ?? '',
  };
  const shown = components.map((each) => (each.Name === 'Engine' ? engineDetails(each) : each));
  return new GoStruct('*types.Version', fields, { json: () => ({ ...server, Components: shown }) });
}

function componentVersion(given: ComponentVersion): GoStruct {
  const { Name, Version: number, Details = {} } = given.Name === 'Engine' ? engineDetails(given) : given;
  return new GoStruct('types.ComponentVersion', { Name, Version: number, Details });
}

/** With the build's time as people write it: `Fri May 30 12:07:14 2025`. */
function engineDetails(engine: ComponentVersion): ComponentVersion {
  const built = engine.Details?.['BuildTime'];
  return built === undefined ? engine : { ...engine, Details: { ...engine.Details, BuildTime: ansiTime(built) } };
}

function ansiTime(given: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(given);
  if (match === null) return given;
  const [, year, month, day, time] = match;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  const [weekday = '', , monthName = ''] = date.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${monthName} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}
