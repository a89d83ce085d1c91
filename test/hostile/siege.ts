// A hub, its decent clients and its attackers: one round after the other, each repeatable by its number and the seed.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConnectionString } from '../../src/domain/access/connection-string.ts';
import { type Credentials, withKeys } from '../support/identities.ts';
import { sasToken } from '../support/test-hub.ts';
import type { Attack } from './attack.ts';
import { ATTACKS } from './attacks/all.ts';
import { Chance, roundSeed } from './chance.ts';
import { GoodCaller, GoodClients, type Latencies } from './good-clients.ts';
import type { Vitals } from './hub-probe.ts';
import { HubUnderAttack } from './hub-under-attack.ts';
import type { Line } from './line.ts';
import { LogWatch } from './log-watch.ts';
import { Scene, type SceneParts } from './scene.ts';
import { signatureOf } from './signatures.ts';

/** No answer in this time is no answer. Far above what a slow machine needs, below the hub's own patience with a client. */
const ROUND_SECONDS = 50;

const GOOD_DEVICES = 3;
const VICTIMS = 4;

export type SiegeOptions = {
  readonly seed: number;
  /** Lines that attackers leave behind stay open until the hub closes them; see `waitForAbandoned`. Default: they end with their round. */
  readonly keepAbandoned?: boolean;
};

/** The attack of a round. */
export function attackOf(round: number): Attack {
  const attack = ATTACKS[round % ATTACKS.length];
  if (attack === undefined) throw new Error('there are no attacks');
  return attack;
}

type SiegeParts = {
  readonly seed: number;
  readonly folder: string;
  readonly hub: HubUnderAttack;
  readonly log: LogWatch;
  readonly good: GoodClients;
  readonly scene: SceneParts;
  readonly abandoned: Set<Line>;
  /** Before the first attack, with the decent clients connected. */
  readonly baseline: Vitals;
};

export class Siege implements AsyncDisposable {
  readonly #parts: SiegeParts;

  constructor(parts: SiegeParts) {
    this.#parts = parts;
  }

  /** Lines that were left to the hub and are still open. */
  get abandoned(): number {
    return this.#parts.abandoned.size;
  }

  /** Lines of the hub's log so far. */
  get logLines(): number {
    return this.#parts.log.lines;
  }

  /**
   * Attacks once while the decent clients work, then lets them work alone. @returns how long they had to wait, both times.
   * @throws Error that says which attack it was, what went wrong, and how to have it again.
   */
  async round(round: number): Promise<readonly Latencies[]> {
    const { seed, good } = this.#parts;
    const { name } = attackOf(round);
    try {
      const [, meanwhile] = await inTime(`the attack "${name}"`, allDone(this.#attack(round), good.work()));
      const afterwards = await inTime('the decent clients', good.work());
      checkNone(this.#faults());
      return [...meanwhile, ...afterwards];
    } catch (error) {
      const reasons = [messageOf(error), ...causesOf(error), ...this.#faults()].join('\n  ');
      throw new Error(`Round ${round}, "${name}": ${reasons}\n  To have it again: ${replayCommand(seed, round)}`, { cause: error });
    } finally {
      this.#parts.log.nextRound();
    }
  }

  get baseline(): Vitals {
    return this.#parts.baseline;
  }

  vitals(): Promise<Vitals> {
    return this.#parts.hub.vitals();
  }

  /** What the hub has open and had not before the first attack, in words. */
  async leftOpen(): Promise<readonly string[]> {
    const { baseline } = this;
    const { sockets, fileDescriptors } = await this.vitals();
    const left: string[] = [];
    if (sockets > baseline.sockets) left.push(`${sockets} sockets are open, ${baseline.sockets} before the attacks`);
    if ((fileDescriptors ?? 0) > (baseline.fileDescriptors ?? 0)) {
      left.push(`${fileDescriptors} file descriptors are open, ${baseline.fileDescriptors} before the attacks`);
    }
    return left;
  }

  /** Stops the hub as a user does, and takes all away. @throws Error when the hub does not end well or its log has a fault. */
  async close(): Promise<void> {
    const { good, hub, log, abandoned, folder } = this.#parts;
    for (const line of abandoned) line.drop();
    await good.close();
    checkNone(this.#faults());
    const code = await inTime('the stop of the hub', hub.stop());
    await rm(folder, { recursive: true, force: true });
    checkNone(log.takeFaults());
    if (code !== 0) throw new Error(`The hub ended with ${code}.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { good, hub, folder } = this.#parts;
    if (!hub.isAlive) return;
    hub.kill();
    await good.close();
    await rm(folder, { recursive: true, force: true });
  }

  async #attack(round: number): Promise<void> {
    const chance = new Chance(roundSeed(this.#parts.seed, round));
    const scene = new Scene(this.#parts.scene, chance);
    try {
      await attackOf(round).round(scene, chance);
    } finally {
      await scene.close();
    }
  }

  /** What the end of the hub, or its log since the last call, tells. */
  #faults(): readonly string[] {
    const { hub, log } = this.#parts;
    return [...(hub.isAlive ? [] : ['the hub is gone']), ...log.takeFaults()];
  }
}

/** Starts a hub in a folder of its own, and connects its decent clients. */
export async function besiege({ seed, keepAbandoned }: SiegeOptions): Promise<Siege> {
  const folder = await mkdtemp(join(tmpdir(), 'twinhub-siege-'));
  const log = new LogWatch();
  const hub = await HubUnderAttack.start(folder, log);
  const { connectionString, mqttPort, httpsPort } = hub.record;
  const ownerKey = parseConnectionString(connectionString).key ?? '';
  const token = sasToken({ key: ownerKey, resource: 'localhost', policyName: 'iothubowner' });
  const endpoint = { mqttPort, httpsPort, caPem: hub.caPem, token };
  const keepSecret = (text: string): void => log.keep(text);
  log.keepForever(ownerKey);
  log.keepForever(signatureOf(token));
  const identities = await createDevices(endpoint, log);
  const abandoned = new Set<Line>();
  const linger = (line: Line): void => {
    abandoned.add(line);
    void line.closed.then(() => abandoned.delete(line));
  };
  const victims = identities.slice(GOOD_DEVICES);
  const scene = { ...endpoint, ownerKey, victims, keepSecret, ...(keepAbandoned === true && { linger }) };
  const good = await GoodClients.connect(endpoint, identities.slice(0, GOOD_DEVICES));
  // Opens the connections of the callers.
  await good.work();
  return new Siege({ seed, folder, hub, log, good, scene, abandoned, baseline: await hub.vitals() });
}

function replayCommand(seed: number, round: number): string {
  return `npm run soak -- --seed ${seed} --first ${round} --rounds 1`;
}

async function createDevices(endpoint: ConstructorParameters<typeof GoodCaller>[0], log: LogWatch): Promise<readonly Credentials[]> {
  const caller = new GoodCaller(endpoint);
  const devices: Credentials[] = [];
  for (let index = 0; index < GOOD_DEVICES + VICTIMS; index += 1) {
    const deviceId = index < GOOD_DEVICES ? `good-${index}` : `victim-${index - GOOD_DEVICES}`;
    const keys = { primaryKey: randomKey(), secondaryKey: randomKey() };
    await caller.call('PUT', `/devices/${deviceId}`, { deviceId, authentication: { type: 'sas', symmetricKey: keys } });
    for (const key of Object.values(keys)) log.keepForever(key);
    devices.push(withKeys({ deviceId }, keys));
  }
  caller.close();
  return devices;
}

function randomKey(): string {
  return randomBytes(32).toString('base64');
}

async function inTime<T>(what: string, done: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end in ${ROUND_SECONDS} s`)), ROUND_SECONDS * 1000);
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Like Promise.all, but fails only when neither goes on, so that nothing of a round reaches into the next. */
async function allDone<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<readonly [One, Other]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

function causesOf(error: unknown): readonly string[] {
  return error instanceof Error && error.cause !== undefined ? [messageOf(error.cause), ...causesOf(error.cause)] : [];
}

function checkNone(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}
