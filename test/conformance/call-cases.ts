// The cases that every operation has, whatever its parameters are: sign-in, other methods, paths below, and faults of the hub.
import { HubError } from '../../src/domain/errors.ts';
import type { Hub } from '../../src/hub/hub.ts';
import { type Case, refused, type Subject } from './case.ts';
import { openScene, type Request, type Scene } from './scene.ts';
import type { Operation } from './service-api.ts';

/** @returns a case whose request is a valid one but for what `change` says. */
export function variation(subject: Subject, change: (request: Request, scene: Scene) => Request): Case['request'] {
  return async (scene) => change(await subject.valid(scene, scene.newId()), scene);
}

/** The cases of one operation that follow from nothing but that it is there. */
export function callCases({ method, parameters }: Operation, subject: Subject): readonly Case[] {
  const valid = (title: string, change: (request: Request) => Request): Case => ({
    title,
    request: variation(subject, change),
    expected: { status: subject.validStatus ?? 200 },
  });
  const faulty = (code: Parameters<typeof refused>[0], title: string, change: (request: Request) => Request): Case =>
    refused(code, title, variation(subject, change));
  return [
    valid('a valid request', (request) => request),
    valid('a parameter that is not known', (request) => ({ ...request, query: { ...request.query, unknown: '1' } })),
    valid('a slash at the end of the path', (request) => ({ ...request, suffix: '/' })),
    ...(parameters.some((parameter) => parameter.in === 'body')
      ? []
      : [valid('a body that nobody asked for', (request) => ({ ...request, bytes: '{"a"' }))]),
    faulty('GenericUnauthorized', 'no token', (request) => ({ ...request, authorization: null })),
    faulty('GenericUnauthorized', 'a Bearer token', (request) => ({ ...request, authorization: 'Bearer a.b.c' })),
    faulty('IotHubUnauthorizedAccess', 'a policy that may not', (request) => ({ ...request, policy: 'device' })),
    faulty('IotHubUnauthorizedAccess', 'a token that is none', (request) => ({ ...request, authorization: 'SharedAccessSignature x' })),
    faulty('GenericMethodNotAllowed', 'a method that the path does not have', (request) => ({ ...request, method: 'OPTIONS' })),
    faulty('GenericNotFound', 'a path below', (request) => ({ ...request, suffix: '/nothing/below' })),
    faulty('GenericBadRequest', 'a compressed body', (request) => ({
      ...request,
      ...(method !== 'GET' && { bytes: 'x' }),
      headers: { ...request.headers, 'content-encoding': 'gzip' },
    })),
    { ...faulty('ServerError', 'a fault in the hub', (request) => request), place: buggyScene },
    { ...faulty('ServiceUnavailable', 'a store that fails', (request) => request), place: storelessScene },
  ];
}

function buggyScene(): Promise<Scene> {
  return openScene((hub) => failing(hub, () => new Error('secret detail')));
}

function storelessScene(): Promise<Scene> {
  return openScene((hub) => failing(hub, () => new HubError('ServiceUnavailable', 'The store does not accept writes.')));
}

/** What sign-in needs. */
const WORKING: readonly (string | symbol)[] = ['access', 'refusedSignIns', 'policies', 'hostNames', 'metrics'];

/** A hub of which every part that answers requests fails; sign-in works. */
function failing(hub: Hub, fault: () => Error): Hub {
  const broken = new Proxy({}, { get: () => (): Promise<never> => Promise.reject(fault()) });
  return new Proxy(hub, { get: (target, name) => (WORKING.includes(name) ? Reflect.get(target, name) : broken) });
}
