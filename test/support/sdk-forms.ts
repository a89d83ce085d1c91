// The public methods of an SDK class, each called in both forms it has: with a callback, and as a promise.
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** As the SDKs' own callbacks: the error first, the value second. */
export type Done = (error?: Error | null, value?: unknown) => void;

/** One call on a subject that is made anew for each form. Both forms must give a value that matches `gives`, or an error that matches `fails`. */
type Call<Subject> = {
  readonly promise: (subject: Subject) => Promise<unknown>;
  readonly callback: (subject: Subject, done: Done) => void;
} & ({ readonly gives: unknown } | { readonly fails: Readonly<Record<string, unknown>> });

/** A file under test/sdk that calls the method. */
type Elsewhere = { readonly testedIn: string };

export type CallTable<Subject> = Readonly<Record<string, Call<Subject> | Elsewhere>>;

type SdkClass = { readonly name: string; readonly prototype: object };

/** Declares that the table has each public method of the class and nothing else, and a test of each of its calls. */
export function testEveryMethod<Subject>(sdkClass: SdkClass, table: CallTable<Subject>, makeSubject: () => Promise<Subject>): void {
  const entries = Object.entries(table);
  const elsewhere = entries.flatMap(([name, entry]) => ('testedIn' in entry ? [[name, entry.testedIn] as const] : []));
  const calls = entries.flatMap(([name, entry]) => ('testedIn' in entry ? [] : [[name, entry] as const]));

  test(`Every public method of ${sdkClass.name} is tested.`, () => {
    expect(Object.keys(table).toSorted()).toEqual(publicMethods(sdkClass));
  });

  test.each(elsewhere)('%s is called in %s.', (name, file) => {
    const source = readFileSync(new URL(`../sdk/${file}`, import.meta.url), 'utf8');

    expect(source).toContain(`.${name.replace('static ', '')}(`);
  });

  test.each(calls)('%s as a promise gives what it should.', async (_, call) => {
    const subject = await makeSubject();

    expect(await outcomeOf(() => call.promise(subject))).toMatchObject(expectedOutcome(call));
  });

  test.each(calls)('%s with a callback gives what it should.', async (_, call) => {
    const subject = await makeSubject();

    expect(await outcomeOf(() => calledBack((done) => call.callback(subject, done)))).toMatchObject(expectedOutcome(call));
  });
}

function expectedOutcome<Subject>(call: Call<Subject>): object {
  return 'gives' in call ? { gave: call.gives } : { failed: call.fails };
}

async function outcomeOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return { gave: await call() };
  } catch (error) {
    return { failed: error };
  }
}

/** What a call in callback form tells its callback. Also what it throws is an error. */
export function calledBack(call: (done: Done) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/**
 * What an app can call on an object of the class and, after `static`, on the class itself; without what comes from EventEmitter. A name that
 * begins with an underscore is the SDK's own.
 */
function publicMethods(sdkClass: SdkClass): readonly string[] {
  const names: string[] = functionsOf(sdkClass).map((name) => `static ${name}`);
  let prototype: unknown = sdkClass.prototype;
  while (isObject(prototype) && prototype !== EventEmitter.prototype && prototype !== Object.prototype) {
    names.push(...functionsOf(prototype).filter((name) => name !== 'constructor'));
    prototype = Object.getPrototypeOf(prototype);
  }
  return [...new Set(names)].toSorted();
}

function functionsOf(owner: object): readonly string[] {
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(owner));
  return descriptors.filter(([name, { value }]) => typeof value === 'function' && !name.startsWith('_')).map(([name]) => name);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
