// How V8 is to treat the memory of a process that serves many short requests.
import { setFlagsFromString } from 'node:v8';

/**
 * V8 notes which places of a program make objects that live long, as when a hub starts and devices connect, and from then on makes what comes
 * from there in the old generation at once. In a hub these places make the objects of requests too: some 6 KB of each request then waited for a
 * full collection. For the process, best called before its work begins.
 */
export function keepNewObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

/**
 * Each TLS connection tells V8 of tens of KB that it holds outside the heap. By itself V8 collects everything whenever some 64 MB of those have come
 * together, which in a storm of connects is after each thousand or so; with this it lets them grow with the heap, by the same share.
 */
export function letConnectionsGrow(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
