// The main job from end to end: starts a hub in a temporary folder, registers a device, reboots it with the example apps, and cleans up.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLI = 'src/cli/main.ts';
const DEVICE_ID = 'press-7';
const TIMEOUT_MS = 60_000;

const dataDir = await mkdtemp(join(tmpdir(), 'twinhub-demo-'));
const started: ChildProcess[] = [];
const signal = AbortSignal.timeout(TIMEOUT_MS);

try {
  await runDemo();
} finally {
  for (const child of started.toReversed()) await stop(child);
  await rm(dataDir, { recursive: true, force: true });
}
say('The hub is stopped and its folder removed. Start one for good with: npm start');

async function runDemo(): Promise<void> {
  const [httpsPort, mqttPort] = (await Promise.all([canListen(443), canListen(8883)])).every(Boolean) ? [443, 8883] : [0, 0];
  say('1. A hub, in a temporary folder.');
  const hub = start('hub', [CLI, 'start', '--data-dir', dataDir, '--https-port', String(httpsPort), '--mqtt-port', String(mqttPort)], ['twinhub ready']);
  say((await hub.seen('twinhub ready')).trim());

  say(`2. A device: twinhub device create ${DEVICE_ID}`);
  await twinhub('device', 'create', DEVICE_ID);
  const deviceString = await twinhub('device', 'connection-string', DEVICE_ID);
  const serviceString = await twinhub('policy', 'connection-string', 'service');

  say('3. The device app: twinhub exec -- node examples/reboot/device.ts');
  const device = start('device', exec('examples/reboot/device.ts'), [''], { DEVICE_CONNECTION_STRING: deviceString });
  await device.seen('Connected');

  say(`4. The back end reboots it: twinhub exec -- node examples/reboot/back-end.ts ${DEVICE_ID}`);
  const backEnd = start('back end', exec('examples/reboot/back-end.ts', DEVICE_ID), [''], { IOTHUB_CONNECTION_STRING: serviceString });
  await backEnd.succeeded();
  await device.seen('Back again.');

  say(`5. What the twin says: twinhub twin show ${DEVICE_ID} --json`);
  console.log(await twinhub('twin', 'show', DEVICE_ID, '--json'));
}

function exec(...app: readonly string[]): readonly string[] {
  return [CLI, 'exec', '--data-dir', dataDir, '--', process.execPath, ...app];
}

async function twinhub(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, ...args, '--data-dir', dataDir], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], signal });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await exited(child, args.join(' '));
  return Buffer.concat(chunks).toString().trim();
}

/** A long-running process whose lines are shown behind its name when they hold one of the texts. */
function start(name: string, args: readonly string[], shown: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  return new Running(name, child, shown);
}

class Running {
  readonly #name: string;
  readonly #lines: string[] = [];
  readonly #finished: Promise<void>;
  #wake: () => void = () => undefined;
  #over = false;

  constructor(name: string, child: ChildProcess, shown: readonly string[]) {
    this.#name = name;
    if (!child.stdout) throw new Error(`${name} has no output`);
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      this.#lines.push(line);
      if (name !== 'hub' && shown.some((text) => line.includes(text))) console.log(`   ${name.padEnd(8)} | ${line}`);
      this.#wake();
    });
    lines.on('close', () => {
      this.#over = true;
      this.#wake();
    });
    this.#finished = exited(child, name);
    // Whoever asks for it hears of a failure; a process that is ended on purpose is nobody's failure.
    this.#finished.catch(() => undefined);
  }

  /** The first line that holds the text. */
  async seen(text: string): Promise<string> {
    for (;;) {
      const line = this.#lines.find((candidate) => candidate.includes(text));
      if (line !== undefined) return line;
      if (this.#over) throw new Error(`The ${this.#name} ended before it said '${text}'.`);
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => reject(new Error(`The ${this.#name} did not say '${text}' in time.`)), { once: true });
      });
    }
  }

  succeeded(): Promise<void> {
    return this.#finished;
  }
}

async function exited(child: ChildProcess, name: string): Promise<void> {
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}.`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port);
  const can = await listening;
  if (can) await new Promise((resolve) => server.close(resolve));
  return can;
}

function say(text: string): void {
  console.log(text);
}
