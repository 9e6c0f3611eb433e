// The only file that knows v86: a Machine made of v86's PC, with one virtio-console port as the channel, its 9P device
// answered by our server and its network card as raw frames. Numbers and quirks: docs/v86.md.

import { V86 } from 'v86';
import { Channel, type ChannelState } from '../guest/channel.ts';
import { P9Server } from '../guest/p9/server.ts';
import type { BootFiles, Machine, MachineDied, MachineState, NetworkInterface } from './machine.ts';
import { PortWriter, type VirtioConsole } from './port-writer.ts';
import { Watchdog } from './watchdog.ts';

/** A restored state fits only a machine with the same memory and devices, so these are not configurable. */
const memorySize = 512 * 1024 * 1024;

const kernelCommandLine =
  'console=ttyS0 quiet tsc=reliable random.trust_cpu=on nowatchdog audit=0 init_on_free=1 panic=0 rdinit=/init';

/** The console port that carries the channel; port 0 stays a console (hvc0), which the guest does not use. */
const channelPort = 1;

export type V86Boot =
  | { readonly files: BootFiles; readonly verbose?: boolean }
  | { readonly state: ArrayBuffer; readonly channel: ChannelState };

export interface V86Options {
  readonly boot: V86Boot;
  /** Instantiates v86.wasm with the given imports; the caller knows how to get at the file (fetch or disk). */
  readonly wasm: (imports: WebAssembly.Imports) => Promise<WebAssembly.Exports>;
  /** What the kernel prints on its serial console. */
  readonly onConsole?: (text: string) => void;
}

/** What this file uses of v86 beyond its published types. These names survive in the minified build of 0.5.462. */
interface V86Internals {
  readonly v86: {
    readonly cpu: {
      readonly devices: {
        readonly virtio_console: VirtioConsole;
        readonly virtio_9p: { readonly tag_bufchain: Map<number, unknown> };
      };
      readonly in_hlt: Uint8Array;
      main_loop(): number;
    };
  };
  readonly bus: { send(event: string, value: unknown): void };
  add_listener(event: string, listener: (value: never) => void): void;
}

/**
 * Starts a guest, by booting its kernel or by continuing a saved state (plain or zstd; v86 inflates the latter).
 * Resolves once the emulator runs; the agent may not be up yet (its HELLO is the channel's business).
 */
export async function startV86(options: V86Options): Promise<Machine> {
  const files = new P9Server();
  const boot = options.boot;
  const emulator = new V86({
    wasm_fn: options.wasm,
    memory_size: memorySize,
    vga_memory_size: 1024 * 1024,
    autostart: false,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
    virtio_console: { type: 'none' },
    net_device: { type: 'virtio' },
    preserve_mac_from_state_image: true,
    filesystem: {
      handle9p: (request: Uint8Array, reply: (answer: Uint8Array) => void) => files.handle(request, reply),
    },
    ...('files' in boot
      ? {
          bios: { buffer: boot.files.bios },
          bzimage: { buffer: boot.files.kernel },
          initrd: { buffer: boot.files.initrd },
          cmdline: boot.verbose ? kernelCommandLine.replace(' quiet', '') : kernelCommandLine,
        }
      : { initial_state: { buffer: boot.state } }),
  });
  const internals = emulator as unknown as V86Internals;
  await new Promise<void>((resolve) => emulator.add_listener('emulator-loaded', () => resolve()));

  const machine = new V86Machine(emulator, internals, files, 'channel' in boot ? boot.channel : undefined);
  if (options.onConsole) machine.onConsole(options.onConsole);
  const started = new Promise<void>((resolve) => emulator.add_listener('emulator-started', () => resolve()));
  await emulator.run();
  await started;
  return machine;
}

class V86Machine implements Machine {
  readonly channel: Channel;
  readonly files: P9Server;
  readonly nic: NetworkInterface;
  readonly died: Promise<MachineDied>;
  readonly #emulator: V86;
  readonly #internals: V86Internals;
  readonly #portWriter: PortWriter;
  readonly #watchdog: Watchdog;
  #turns = 0;
  #consoleHandler: (text: string) => void = () => {};
  #consoleLine = '';
  #die!: (why: MachineDied) => void;
  #ended = false;

  constructor(emulator: V86, internals: V86Internals, files: P9Server, channelState: ChannelState | undefined) {
    this.#emulator = emulator;
    this.#internals = internals;
    this.files = files;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });

    const virtioConsole = internals.v86.cpu.devices.virtio_console;
    makeRealPorts(virtioConsole);
    this.#portWriter = new PortWriter(virtioConsole, channelPort, (chunk) =>
      internals.bus.send(`virtio-console${channelPort}-input-bytes`, chunk),
    );
    this.channel = new Channel((bytes) => {
      this.#portWriter.write(bytes);
      this.#watchdog.sent();
    }, channelState);
    this.#watchdog = new Watchdog({
      ask: () => this.channel.run({ name: 'sign of life', ops: [] }),
      turns: () => this.#turns,
      onHung: () =>
        this.#end({ reason: 'hung', message: 'The guest no longer answers; it may have run out of memory.' }),
    });
    internals.add_listener(`virtio-console${channelPort}-output-bytes`, (bytes: Uint8Array) => {
      this.#watchdog.received();
      this.channel.receive(bytes);
      this.#portWriter.flush();
    });

    this.nic = {
      send: (frame) => internals.bus.send('net0-receive', frame),
      onFrame: (handler) => internals.add_listener('net0-send', handler),
    };
    emulator.add_listener('serial0-output-byte', (byte) => this.#readConsole(byte));
    // HLT with interrupts off: nothing can wake this machine again (poweroff without ACPI ends like this).
    internals.add_listener('cpu-event-halt', () =>
      this.#end({ reason: 'halted', message: 'The guest was powered off.' }),
    );
    this.#guardMainLoop();
  }

  onConsole(handler: (text: string) => void): void {
    this.#consoleHandler = handler;
  }

  async save(): Promise<MachineState> {
    await this.#idle();
    // No await between looking and saving: the state must be one instant of guest, channel and 9P server.
    return { memory: await this.#emulator.save_state(), channel: this.channel.save() };
  }

  async stop(): Promise<void> {
    this.#end({ reason: 'stopped', message: 'The machine was stopped.' });
    await this.#emulator.destroy();
  }

  /**
   * Waits for a moment at which v86 can be saved: no 9P request under way (save_state throws then) and the CPU halted
   * (a state saved in mid-instruction loses the FPU control word).
   */
  async #idle(): Promise<void> {
    const cpu = this.#internals.v86.cpu;
    while (
      cpu.in_hlt[0] === 0 ||
      cpu.devices.virtio_9p.tag_bufchain.size > 0 ||
      this.#portWriter.pending > 0 ||
      this.#watchdog.asking
    ) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #readConsole(byte: number): void {
    const character = String.fromCharCode(byte);
    this.#consoleHandler(character);
    if (character !== '\n') {
      this.#consoleLine = (this.#consoleLine + character).slice(-512);
      return;
    }
    const panic = /Kernel panic - not syncing: (.*)/.exec(this.#consoleLine);
    this.#consoleLine = '';
    if (panic) this.#end({ reason: 'panic', message: `The guest's kernel panicked: ${panic[1]!.trim()}` });
  }

  /** A fault of the emulator itself must reach the person, not only the browser's log. */
  #guardMainLoop(): void {
    const cpu = this.#internals.v86.cpu;
    const mainLoop = cpu.main_loop.bind(cpu);
    cpu.main_loop = () => {
      this.#turns++;
      try {
        return mainLoop();
      } catch (error) {
        this.#end({
          reason: 'crashed',
          message: `The emulator failed: ${error instanceof Error ? error.message : String(error)}`,
        });
        throw error;
      }
    };
  }

  #end(why: MachineDied): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watchdog.stop();
    this.channel.close(new Error(why.message));
    this.#die(why);
  }
}

/**
 * v86 announces all its ports as consoles, and Linux then gives them to the hvc driver instead of /dev/vportNpM.
 * Dropping that one control event leaves ports 1–3 as plain byte ports.
 */
function makeRealPorts(virtioConsole: VirtioConsole): void {
  const consolePortEvent = 4;
  const sendEvent = virtioConsole.SendEvent.bind(virtioConsole);
  virtioConsole.SendEvent = (port, event, value) => {
    if (event !== consolePortEvent || port === 0) sendEvent(port, event, value);
  };
}
