// Finds, among many live queries, those that a document may enter: by the values that their conditions ask for.
import type { JsonObject, JsonValue } from '../../json.ts';
import type { Path } from '../ast.ts';
import { valueAt } from '../evaluate.ts';
import type { LivePlan } from './live-plan.ts';
import type { TwinParts } from './twin-parts.ts';

type Planned = { readonly plan: LivePlan };

/** The queries that ask for a value under one path, by that value. */
type ByValue<Query> = { readonly path: Path; readonly queries: Map<JsonValue, Set<Query>> };

/** Of the queries of one collection. */
export class LiveIndex<Query extends Planned> {
  readonly #byPath = new Map<string, ByValue<Query>>();
  readonly #others = new Set<Query>();
  readonly #all = new Set<Query>();
  #conditionParts: TwinParts = 0;
  #itemParts: TwinParts = 0;

  /** In which parts a change can make the condition of any query say something else. */
  get conditionParts(): TwinParts {
    return this.#conditionParts;
  }

  /** In which parts a change can make an item of any query another one. */
  get itemParts(): TwinParts {
    return this.#itemParts;
  }

  add(query: Query): void {
    const { anchor } = query.plan;
    this.#all.add(query);
    this.#noteParts();
    if (!anchor) {
      this.#others.add(query);
      return;
    }
    const key = JSON.stringify(anchor.path.steps);
    const byValue: ByValue<Query> = this.#byPath.get(key) ?? { path: anchor.path, queries: new Map() };
    this.#byPath.set(key, byValue);
    for (const value of anchor.values) byValue.queries.set(value, (byValue.queries.get(value) ?? new Set<Query>()).add(query));
  }

  /** Harmless for one that was not added. */
  remove(query: Query): void {
    const { anchor } = query.plan;
    this.#all.delete(query);
    this.#others.delete(query);
    this.#noteParts();
    if (!anchor) return;
    const key = JSON.stringify(anchor.path.steps);
    const byValue = this.#byPath.get(key);
    if (!byValue) return;
    for (const value of anchor.values) {
      const queries = byValue.queries.get(value);
      queries?.delete(query);
      if (queries?.size === 0) byValue.queries.delete(value);
    }
    if (byValue.queries.size === 0) this.#byPath.delete(key);
  }

  #noteParts(): void {
    this.#conditionParts = 0;
    this.#itemParts = 0;
    for (const { plan } of this.#all) {
      this.#conditionParts |= plan.conditionParts;
      this.#itemParts |= plan.itemParts;
    }
  }

  /** All whose condition can be true of the document, and some more; none twice. */
  candidates(document: JsonObject): readonly Query[] {
    const found = [...this.#others];
    for (const { path, queries } of this.#byPath.values()) {
      const value = valueAt(path, document);
      if (value !== undefined) found.push(...(queries.get(value) ?? []));
    }
    return found;
  }
}
