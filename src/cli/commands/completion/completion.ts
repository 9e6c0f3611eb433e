/** `docker completion SHELL` prints what makes a shell complete docker's commands. */
import { nothing } from '../../completion/completer.ts';
import { bashScript } from '../../completion/scripts/bash.ts';
import { fishScript } from '../../completion/scripts/fish.ts';
import { powershellScript } from '../../completion/scripts/powershell.ts';
import { zshScript } from '../../completion/scripts/zsh.ts';
import { command, group, type CommandNode } from '../../command.ts';
import { bool } from '../../flag/flag.ts';

const flags = { 'no-descriptions': bool('disable completion descriptions') };

const linuxAndMac = (shell: string, linux: string, mac: string): string => `#### Linux:

	docker completion ${shell} > ${linux}

#### macOS:

	docker completion ${shell} > ${mac}
`;

const newShell = 'You will need to start a new shell for this setup to take effect.';
const [thisSession, everySession] = [
  'To load completions in your current shell session:',
  'To load completions for every new session, execute once:',
];

/** `howTo` follows the first line of its help. */
function shell(name: string, howTo: string, script: (request: string) => string, use = `${name} [flags]`): CommandNode {
  return command({
    use,
    short: `Generate the autocompletion script for ${name}`,
    long: `Generate the autocompletion script for ${name === 'powershell' ? name : `the ${name} shell`}.\n\n${howTo}`,
    args: (path, _use, [word]) => {
      if (word !== undefined) throw new Error(`unknown command ${JSON.stringify(word)} for "${path}"`);
    },
    flags,
    complete: nothing,
    async run(cli, { flags: given }) {
      // Docker's own way to switch them off for everybody.
      const isPlain =
        given['no-descriptions'] || (cli.io.env['DOCKER_CLI_DISABLE_COMPLETION_DESCRIPTION'] ?? '') !== '';
      await cli.print(script(isPlain ? '__completeNoDesc' : '__complete'));
    },
  });
}

const shells = group(
  'completion',
  'Generate the autocompletion script for the specified shell',
  [
    shell(
      'bash',
      `This script depends on the 'bash-completion' package.
If it is not installed already, you can install it via your OS's package manager.

${thisSession}

	source <(docker completion bash)

${everySession}

${linuxAndMac('bash', '/etc/bash_completion.d/docker', '$(brew --prefix)/etc/bash_completion.d/docker')}
${newShell}`,
      bashScript,
      'bash',
    ),
    shell(
      'fish',
      `${thisSession}

	docker completion fish | source

${everySession}

	docker completion fish > ~/.config/fish/completions/docker.fish

${newShell}`,
      fishScript,
    ),
    shell(
      'powershell',
      `${thisSession}

	docker completion powershell | Out-String | Invoke-Expression

To load completions for every new session, add the output of the above command
to your powershell profile.`,
      powershellScript,
    ),
    shell(
      'zsh',
      `If shell completion is not already enabled in your environment you will need
to enable it.  You can execute the following once:

	echo "autoload -U compinit; compinit" >> ~/.zshrc

${thisSession}

	source <(docker completion zsh)

${everySession}

${linuxAndMac('zsh', '"${fpath[1]}/_docker"', '$(brew --prefix)/share/zsh/site-functions/_docker')}
${newShell}`,
      zshScript,
    ),
  ],
  {
    hidden: true,
    helpsOnStdout: true,
    long: `Generate the autocompletion script for docker for the specified shell.
See each sub-command's help for details on how to use the generated script.`,
  },
);

export const completion: CommandNode = {
  ...shells,
  // As cobra has it: any other shell gets the help too.
  checkArgs: () => {},
};
