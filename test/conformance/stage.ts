// Plays each case once, however many tests look at its answer, and keeps the hubs that cases play in.
import type { Answer } from '../unit/gateways/http/open-http-api.ts';
import type { Case } from './case.ts';
import { openScene, type Scene } from './scene.ts';
import type { Operation } from './service-api.ts';

export class Stage {
  readonly #scenes = new Map<() => Promise<Scene>, Promise<Scene>>();
  readonly #answers = new Map<Case, Promise<Answer>>();

  /** The answer of the case; the same one each time. */
  answerTo(operation: Operation, played: Case): Promise<Answer> {
    const answer = this.#answers.get(played) ?? this.#play(operation, played);
    this.#answers.set(played, answer);
    return answer;
  }

  async close(): Promise<void> {
    for (const scene of this.#scenes.values()) await (await scene)[Symbol.asyncDispose]();
  }

  async #play(operation: Operation, { request, place = openScene }: Case): Promise<Answer> {
    const opening = this.#scenes.get(place) ?? place();
    this.#scenes.set(place, opening);
    const scene = await opening;
    return scene.send(operation, await request(scene));
  }
}
