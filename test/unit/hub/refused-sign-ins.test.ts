// When refused sign-ins are answered: the first ones at once, then later and later, and never too many at a time.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { type HeldRefusal, type RefusedSignIn, RefusedSignIns } from '../../../src/hub/refused-sign-ins.ts';
import type { LogFields } from '../../../src/ports/log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { openHub } from '../../support/open-hub.ts';

const AT_ONCE = LIMITS.refusalsAtOnce.value;
const PER_IDENTITY = LIMITS.refusalsHeldPerIdentity.value;
const QUIET_MS = LIMITS.refusalQuietSeconds.value * 1000;
const LAMP: RefusedSignIn = { source: '192.0.2.1', identity: 'device lamp', because: 'Wrong key.' };

class Refusing {
  readonly clock = new FakeClock();
  readonly warnings: (readonly [LogFields, string])[] = [];
  answers = 0;
  readonly refusals = new RefusedSignIns({
    machineClock: this.clock,
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: (fields, message) => this.warnings.push([fields, message]),
      error: () => undefined,
    },
  });

  refuse(signIn: RefusedSignIn = LAMP): HeldRefusal {
    return this.refusals.hold(signIn, () => (this.answers += 1));
  }

  /** Refuses the ones that are answered at once. */
  warmUp(signIn: RefusedSignIn = LAMP): void {
    for (let index = 0; index < AT_ONCE; index += 1) this.refuse(signIn);
    this.answers = 0;
  }

  /** How long the answer to one more refusal waits. */
  waitMs(): number {
    const before = this.answers;
    const startMs = this.clock.nowMs();
    this.refuse();
    while (this.answers === before) this.clock.advance(1);
    return this.clock.nowMs() - startMs;
  }
}

test(`The first ${AT_ONCE} refusals are answered at once, and each later one after twice the time, up to the longest.`, () => {
  const refusing = new Refusing();

  const waits = Array.from({ length: AT_ONCE + 7 }, () => refusing.waitMs());

  expect(waits).toEqual([...Array.from({ length: AT_ONCE }, () => 0), 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test('Another address and another identity are counted apart.', () => {
  const refusing = new Refusing();
  refusing.warmUp();

  refusing.refuse();
  const here = refusing.answers;
  refusing.refuse({ ...LAMP, source: '192.0.2.2' });
  refusing.refuse({ ...LAMP, identity: 'device door' });

  expect([here, refusing.answers]).toEqual([0, 2]);
});

test('What was refused is forgotten after a quiet while, and not a millisecond before.', () => {
  const refusing = new Refusing();
  refusing.warmUp();

  refusing.clock.advance(QUIET_MS - 1);
  const before = refusing.waitMs();
  refusing.clock.advance(QUIET_MS - before);
  const after = refusing.waitMs();

  expect([before, after]).toEqual([500, 0]);
});

test('One answer more than may wait for one identity is dropped, and one that is given makes room.', () => {
  const refusing = new Refusing();
  refusing.warmUp();

  const kinds = Array.from({ length: PER_IDENTITY + 1 }, () => refusing.refuse().kind);
  refusing.clock.advance(500);
  const next = [refusing.refuse().kind, refusing.refuse().kind];

  expect(kinds).toEqual([...Array.from({ length: PER_IDENTITY }, () => 'held'), 'dropped']);
  expect(refusing.answers).toBe(1);
  expect(next).toEqual(['held', 'dropped']);
});

test('One answer more than may wait in all is dropped, also that of an identity of which none waits.', () => {
  const refusing = new Refusing();
  const identities = Array.from({ length: LIMITS.refusalsHeld.value / PER_IDENTITY }, (_, index) => ({ ...LAMP, identity: `${index}` }));
  for (const signIn of [...identities, LAMP]) refusing.warmUp(signIn);

  const kinds = identities.flatMap((signIn) => Array.from({ length: PER_IDENTITY }, () => refusing.refuse(signIn).kind));

  expect(new Set(kinds)).toEqual(new Set(['held']));
  expect(refusing.refuse().kind).toBe('dropped');
});

test('A refusal that is cancelled is not answered, leaves no timer and makes room.', () => {
  const refusing = new Refusing();
  refusing.warmUp();
  const held = Array.from({ length: PER_IDENTITY }, () => refusing.refuse());

  for (const refusal of held) if (refusal.kind === 'held') refusal.cancel();
  const timers = refusing.clock.pendingTimers;
  const next = refusing.refuse().kind;
  refusing.clock.advance(LIMITS.refusalLastMs.value);

  expect([timers, next, refusing.answers]).toEqual([0, 'held', 1]);
});

test('A stop answers all that wait, and later ones at once.', () => {
  const refusing = new Refusing();
  refusing.warmUp();
  refusing.refuse();
  refusing.refuse();

  refusing.refusals.stop();
  const whenStopped = refusing.answers;
  refusing.refuse();
  refusing.clock.advance(QUIET_MS);

  expect([whenStopped, refusing.answers, refusing.clock.pendingTimers]).toEqual([2, 3, 0]);
});

test('One line is logged when answers begin to wait, and another only after a quiet while.', () => {
  const refusing = new Refusing();
  refusing.warmUp();
  const before = refusing.warnings.length;

  for (let index = 0; index < 30; index += 1) refusing.refuse();
  const during = [...refusing.warnings];
  refusing.clock.advance(QUIET_MS);
  refusing.warmUp();
  refusing.refuse();

  expect(before).toBe(0);
  expect(during).toEqual([[LAMP, expect.stringMatching(/refused again and again/)]]);
  expect(refusing.warnings).toHaveLength(2);
});

test('The line holds no secret of a client that gave one as its name.', () => {
  const refusing = new Refusing();
  const mixedUp = { ...LAMP, identity: 'device HostName=localhost;SharedAccessKey=c2VjcmV0' };

  refusing.warmUp(mixedUp);
  refusing.refuse(mixedUp);

  expect(refusing.warnings).toEqual([[{ ...LAMP, identity: 'device HostName=localhost;SharedAccessKey=…' }, expect.any(String)]]);
});

test('A flood of identities makes those forgotten that were refused longest ago.', () => {
  const refusing = new Refusing();
  refusing.warmUp();

  for (let index = 0; index < LIMITS.refusedIdentities.value; index += 1) refusing.refuse({ ...LAMP, identity: `device ${index}` });

  expect(refusing.waitMs()).toBe(0);
});

test('They wait in the time of the machine, whatever the clock of the hub does.', async () => {
  const machineClock = new FakeClock();
  await using open = await openHub({ machineClock });
  let answers = 0;
  for (let index = 0; index <= AT_ONCE; index += 1) open.hub.refusedSignIns.hold(LAMP, () => (answers += 1));

  open.clock.advance(LIMITS.refusalFirstMs.value);
  const before = answers;
  machineClock.advance(LIMITS.refusalFirstMs.value);

  expect([before, answers]).toEqual([AT_ONCE, AT_ONCE + 1]);
});
