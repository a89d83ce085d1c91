// Which live queries have which devices or modules in their results: ids only, kept once for all queries.
import type { IdentityId } from '../../identity/identity-id.ts';

type Holder = { readonly closed: boolean };

/** One device, or one module of it, and the queries that have it. */
type Member<Query> = { readonly moduleId: string | undefined; readonly holders: Query[] };

export class LiveMembers<Query extends Holder> {
  readonly #byDevice = new Map<string, Member<Query>[]>();
  readonly #counts = new Map<Query, number>();
  #count = 0;
  /** Of closed queries, whose entries are still there. */
  #stale = 0;

  /** Of all queries together. */
  get count(): number {
    return this.#count - this.#stale;
  }

  countOf(query: Query): number {
    return this.#counts.get(query) ?? 0;
  }

  /** Harmless when it is there. */
  add(id: IdentityId, query: Query): void {
    const members = this.#byDevice.get(id.deviceId) ?? [];
    if (members.length === 0) this.#byDevice.set(id.deviceId, members);
    let member = members.find(({ moduleId }) => moduleId === id.moduleId);
    if (!member) {
      member = { moduleId: id.moduleId, holders: [] };
      members.push(member);
    }
    if (member.holders.includes(query)) return;
    member.holders.push(query);
    this.#counts.set(query, this.countOf(query) + 1);
    this.#count += 1;
  }

  /** Harmless when it is not there. */
  remove({ deviceId, moduleId }: IdentityId, query: Query): void {
    const members = this.#byDevice.get(deviceId) ?? [];
    const at = members.findIndex((member) => member.moduleId === moduleId);
    const holders = members[at]?.holders ?? [];
    const index = holders.indexOf(query);
    if (index < 0) return;
    holders.splice(index, 1);
    this.#counts.set(query, this.countOf(query) - 1);
    this.#count -= 1;
    if (holders.length === 0) members.splice(at, 1);
    if (members.length === 0) this.#byDevice.delete(deviceId);
  }

  /** The queries that have it, closed ones left out. */
  holdersOf({ deviceId, moduleId }: IdentityId): readonly Query[] {
    const member = this.#byDevice.get(deviceId)?.find((known) => known.moduleId === moduleId);
    return member ? member.holders.filter(({ closed }) => !closed) : [];
  }

  /** The modules of a device that some query has. */
  modulesOf(deviceId: string): readonly string[] {
    return (this.#byDevice.get(deviceId) ?? []).flatMap(({ moduleId }) => moduleId ?? []);
  }

  /** For a query that is closed. Its entries are taken out together with those of others, since that means to look at all. */
  forget(query: Query): void {
    this.#stale += this.countOf(query);
    this.#counts.delete(query);
    if (this.#stale * 2 > this.#count) this.#sweep();
  }

  #sweep(): void {
    for (const [deviceId, members] of this.#byDevice) {
      const left = members.flatMap(({ moduleId, holders }) => {
        const open = holders.filter(({ closed }) => !closed);
        return open.length === 0 ? [] : [{ moduleId, holders: open }];
      });
      if (left.length === 0) this.#byDevice.delete(deviceId);
      else this.#byDevice.set(deviceId, left);
    }
    this.#count -= this.#stale;
    this.#stale = 0;
  }
}
