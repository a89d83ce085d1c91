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
