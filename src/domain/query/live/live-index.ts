// Finds, among many live queries, those that a document may enter: by the values that their conditions ask for.
import type { JsonObject, JsonValue } from '../../json.ts';
import type { Path } from '../ast.ts';
import { valueAt } from '../evaluate.ts';
import type { LivePlan } from './live-plan.ts';
import { ALL_PARTS, PARTS, type TwinParts } from './twin-parts.ts';

type Planned = { readonly plan: LivePlan };

/** The queries that ask for a value under one path, by that value. */
type ByValue<Query> = { readonly path: Path; readonly queries: Map<JsonValue, Set<Query>> };

/** Of the queries of one collection. */
export class LiveIndex<Query extends Planned> {
  readonly #byPath = new Map<string, ByValue<Query>>();
  readonly #others = new Set<Query>();
  readonly #all = new Set<Query>();
  readonly #ofConditions = new PartCounts();
  readonly #ofItems = new PartCounts();

  /** In which parts a change can make the condition of any query say something else. */
  get conditionParts(): TwinParts {
    return this.#ofConditions.parts;
  }

  /** In which parts a change can make an item of any query another one. */
  get itemParts(): TwinParts {
    return this.#ofItems.parts;
  }

  /** Harmless for one that was added. */
  add(query: Query): void {
    if (this.#all.has(query)) return;
    const { anchor, conditionParts, itemParts } = query.plan;
    this.#all.add(query);
    this.#ofConditions.count(conditionParts, 1);
    this.#ofItems.count(itemParts, 1);
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
    if (!this.#all.delete(query)) return;
    const { anchor, conditionParts, itemParts } = query.plan;
    this.#ofConditions.count(conditionParts, -1);
    this.#ofItems.count(itemParts, -1);
    this.#others.delete(query);
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

/** How many queries are about each part, so that one that goes is not a reason to look at all the others. */
class PartCounts {
  readonly #counts = new Map<TwinParts, number>(Object.values(PARTS).map((part) => [part, 0]));
  #parts: TwinParts = 0;

  /** Those that any query is about. */
  get parts(): TwinParts {
    return this.#parts;
  }

  /** @param by 1 for a query that comes, -1 for one that goes. */
  count(parts: TwinParts, by: 1 | -1): void {
    for (const [part, count] of this.#counts) {
      if ((parts & part) === 0) continue;
      this.#counts.set(part, count + by);
      if (count + by === 0) this.#parts &= ALL_PARTS ^ part;
      else this.#parts |= part;
    }
  }
}
