// Lists that the API gives in pages, read until there is as much as the user wants.
import { InvalidArgumentError } from 'commander';
import type { JsonValue } from '../domain/json.ts';
import { LIMITS } from '../domain/limits.ts';
import type { HubClient, HubRequest } from './hub-client.ts';
import { listOf } from './output.ts';

export type Pages = { readonly items: readonly JsonValue[]; readonly itemType: string | undefined; readonly isAll: boolean };

/** @param limit how many items at most. @throws CommandFailure as `HubClient.send`. */
export async function readPages(hub: HubClient, call: HubRequest, limit: number): Promise<Pages> {
  const items: JsonValue[] = [];
  let continuation: string | undefined;
  for (;;) {
    const size = Math.min(limit - items.length, LIMITS.queryPageMax.value);
    const answer = await hub.send({ ...call, page: { size, continuation } });
    items.push(...listOf(answer.value));
    ({ continuation } = answer);
    if (continuation === undefined || items.length >= limit) return { items, itemType: answer.itemType, isAll: continuation === undefined };
  }
}

/** Says on standard error when there is more than was printed. @param things what the items are, in the plural. */
export function tellOfMore({ items, isAll }: Pages, things: string): void {
  if (!isAll) console.error(`There are more than these ${items.length} ${things}. Ask for more with --limit.`);
}

/** For the option --limit. @throws InvalidArgumentError, which Commander turns into a message. */
export function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is no whole number above 0.');
  return Number(text);
}
