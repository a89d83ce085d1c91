// Lines for simulated devices that lead to a hub which a test plays by hand, in memory.
import { generate, type Packet, parser as createParser } from 'mqtt-packet';
import type { Behaviour } from '../../../src/simulator/behaviour.ts';
import { ANSWERING } from '../../../src/simulator/behaviour.ts';
import { Fleet, type FleetPlan } from '../../../src/simulator/fleet.ts';
import type { LineEvents, OpenLine } from '../../../src/simulator/line.ts';
import { createSigner } from '../../../src/system/signer.ts';
import { FakeClock } from '../fake-clock.ts';

/** One line that a device has opened. */
export class ScriptedLine {
  /** What the device has sent, read by mqtt-packet. */
  readonly packets: Packet[] = [];
  /** How the device ended it. */
  ended: 'cut' | 'leave' | undefined;
  /** Whether it was cut at the end, also after a leave. */
  wasCut = false;
  readonly #events: LineEvents;
  readonly #parser = createParser({ protocolVersion: 4 });

  constructor(events: LineEvents) {
    this.#events = events;
    this.#parser.on('packet', (packet) => this.packets.push(packet));
  }

  take(bytes: Buffer): void {
    this.#parser.parse(bytes);
  }

  /** The line is secured. */
  open(): void {
    this.#events.opened();
  }

  send(...packets: readonly Packet[]): void {
    this.write(Buffer.concat(packets.map((packet) => generate(packet))));
  }

  write(bytes: Buffer): void {
    this.#events.received(bytes);
  }

  /** The line is gone, with this error of the system if any. */
  close(code?: string): void {
    this.#events.closed(code);
  }

  /** Answers everything until the device listens. */
  accept(): void {
    this.open();
    this.send({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    this.send({ cmd: 'suback', messageId: 1, granted: [0, 0, 0] });
  }

  message(topic: string, payload: string): void {
    this.send({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
  }

  /** Messages of the device whose topic begins so, as topic and payload. */
  messages(topicStart: string): readonly (readonly [topic: string, payload: string])[] {
    return this.packets.flatMap((packet) =>
      packet.cmd === 'publish' && packet.topic.startsWith(topicStart) ? [[packet.topic, packet.payload.toString()] as const] : [],
    );
  }
}

export type ScriptedFleet = {
  readonly fleet: Fleet;
  readonly clock: FakeClock;
  /** In the order in which they were opened. */
  readonly lines: readonly ScriptedLine[];
  /** The newest one. */
  readonly line: () => ScriptedLine;
};

type FleetOptions = Partial<Pick<FleetPlan, 'connectsPerSecond' | 'reportsPerSecond'>> & {
  readonly devices?: number;
  readonly behaviour?: Partial<Behaviour>;
  /** What chance gives each time, from 0 to below 1. Default: 0.5. */
  readonly chance?: number;
};

export const KEY = Buffer.from('a key of the simulated').toString('base64');

/** A fleet that has begun. Time stands still; chance is always the same. */
export function startScriptedFleet(options: FleetOptions = {}): ScriptedFleet {
  const clock = new FakeClock();
  const lines: ScriptedLine[] = [];
  const { devices: count = 1, behaviour = {}, chance = 0.5, connectsPerSecond = 1000, reportsPerSecond = 0 } = options;
  const devices = Array.from({ length: count }, (_, index) => ({
    deviceId: `d${index + 1}`,
    key: KEY,
    behaviour: { ...ANSWERING, ...behaviour },
  }));
  const fleet = new Fleet(
    { devices, hostName: 'hub.example.com', connectsPerSecond, reportsPerSecond },
    {
      openLine: scriptedLines(lines),
      clock,
      stopwatch: { elapsedMs: () => clock.nowMs() },
      random: { uuid: () => '', bytes: () => bytesOf(chance) },
      signer: createSigner(),
    },
  );
  fleet.start();
  clock.advance(20);
  return { fleet, clock, lines, line: () => lineAt(lines, lines.length - 1) };
}

export function lineAt(lines: readonly ScriptedLine[], index: number): ScriptedLine {
  const line = lines[index];
  if (line === undefined) throw new Error('no such line was opened');
  return line;
}

function scriptedLines(lines: ScriptedLine[]): OpenLine {
  return (events) => {
    const line = new ScriptedLine(events);
    lines.push(line);
    return {
      write: (bytes) => {
        if (line.ended === undefined) line.take(bytes);
      },
      end(bytes): void {
        line.take(bytes);
        line.ended ??= 'leave';
      },
      cut(): void {
        line.ended ??= 'cut';
        line.wasCut = true;
      },
    };
  };
}

function bytesOf(chance: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.floor(chance * 2 ** 32));
  return bytes;
}
