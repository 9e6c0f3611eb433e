import type { Channel } from '../guest/channel.ts';
import { GUEST_TO_HOST_CREDIT } from '../guest/channel-stream.ts';
import { exitCodeOf, open } from '../guest/linux.ts';
import { ProgramBuilder } from '../guest/program-builder.ts';
import { concatBytes, decodeUtf8 } from '../lib/bytes.ts';
import { readChunks } from '../lib/read-chunks.ts';

/** Mode of the `stream` op. */
const guestToHost = 1;
/** What a script prints beyond this is read and left. */
const longestOutput = 256 * 1024;

/** As a login shell has it (/etc/profile): a solution finds the tools that a learner's command finds. */
const environment = [
  'HOME=/root',
  'USER=root',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/tools/usr/sbin:/opt/tools/usr/bin',
  'LANG=C.UTF-8',
];

export interface ScriptEnd {
  readonly exitCode: number;
  /** Standard output and error, in their order. */
  readonly output: string;
}

/** Runs a shell script on the guest's host, in /root, without a terminal. Resolves when nothing holds its output open. */
export async function runScript(channel: Channel, argv: readonly string[], name: string): Promise<ScriptEnd> {
  const p = new ProgramBuilder(name);
  const nothing = p.open('/dev/null', open.O_RDONLY);
  const [output, input] = p.pipe();
  const child = p.child(name);
  child.setsid();
  child.dup3(nothing, 0);
  child.dup3(input, 1);
  child.dup3(input, 2);
  child.chdir('/root');
  child.execve(argv[0]!, [...argv], environment);
  const pid = p.clone({ flags: 0, program: child });
  const stream = channel.allocateStream();
  p.stream(output, stream, guestToHost, GUEST_TO_HOST_CREDIT);
  const result = await channel.run(p.build());
  const exited = channel.exited(result.of(pid).result);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of readChunks(channel.stream(stream).readable)) {
    if (size < longestOutput) pieces.push(piece);
    size += piece.length;
  }
  return { exitCode: exitCodeOf(await exited), output: decodeUtf8(concatBytes(pieces)) };
}
