// What a device does while it listens: answers methods as its behaviour says, reports properties, follows desired ones.
import { HubError } from '../domain/errors.ts';
import { isJsonObject, type JsonValue, parseJson } from '../domain/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Stopwatch } from '../ports/stopwatch.ts';
import type { Behaviour } from './behaviour.ts';
import { happens } from './chance.ts';
import { encodePublish } from './device-packets.ts';
import { getTwinTopic, type HubTopic, methodAnswerTopic, readTopic, reportTopic } from './device-topics.ts';
import type { Line } from './line.ts';
import type { Tally } from './tally.ts';

export type AppSurroundings = {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly random: Random;
  readonly tally: Tally;
};

/** Unanswered reports at which a device is not fed more; the hub takes many more requests of one connection. */
const REPORTS_OPEN = 10;
/** Answers that a slow device works on; as many as a hub sends to one device at a time. */
const ANSWERS_WAITING = 100;
const TWIN_RID = 'twin';
const NO_PAYLOAD = Buffer.from(' ');
const FAILURE = Buffer.from('{"error":"The simulated device fails, as it was told to."}');

export class DeviceApp {
  readonly #behaviour: Behaviour;
  readonly #shared: AppSurroundings;
  /** `undefined` while the device does not listen. */
  #line: Line | undefined;
  #answersWaiting = 0;
  #reports = 0;
  #reportsOpen = 0;
  #desiredVersion = 0;
  /** Of the last notice on this line; 0 before the first. */
  #noticeVersion = 0;

  constructor(behaviour: Behaviour, shared: AppSurroundings) {
    this.#behaviour = behaviour;
    this.#shared = shared;
  }

  /** The device listens on this line. It reads its twin, since notices may have passed while it was away. */
  begin(line: Line): void {
    this.#line = line;
    this.#reportsOpen = 0;
    this.#noticeVersion = 0;
    line.write(encodePublish(getTwinTopic(TWIN_RID), NO_PAYLOAD));
  }

  /** The line is gone, or about to go. */
  end(): void {
    this.#line = undefined;
  }

  /** Sends reported properties. @returns false when the device does not listen, or has too many reports without an answer. */
  report(): boolean {
    if (this.#line === undefined || this.#reportsOpen >= REPORTS_OPEN) return false;
    this.#reports += 1;
    this.#reportsOpen += 1;
    this.#shared.tally.add('reportsSent');
    // The answer names the request, so that the time it was sent is kept by nobody.
    const rid = `${this.#reports.toString(36)}.${Math.round(this.#shared.stopwatch.elapsedMs() * 1000)}`;
    const payload = `{"reports":${this.#reports},"desiredVersion":${this.#desiredVersion}}`;
    this.#line.write(encodePublish(reportTopic(rid), Buffer.from(payload)));
    return true;
  }

  /** @param payload is read before this returns. @returns false for a message that no hub sends to this device. */
  take(topicText: string, payload: Buffer): boolean {
    const topic = readTopic(topicText);
    switch (topic?.kind) {
      case 'method':
        this.#takeMethod(topic.rid, payload);
        return true;
      case 'twinAnswer':
        return topic.rid === TWIN_RID ? this.#takeTwin(topic, payload) : this.#takeReportAnswer(topic);
      case 'desired':
        this.#followDesired(topic.version);
        return true;
      case undefined:
        return false;
    }
  }

  /** A method gets its own payload back. */
  #takeMethod(rid: string, payload: Buffer): void {
    const { clock, random, tally } = this.#shared;
    const { answerDelayMs, dropChance, failChance } = this.#behaviour;
    tally.add('methodsReceived');
    if (this.#answersWaiting >= ANSWERS_WAITING || happens(random, dropChance)) {
      tally.add('methodsDropped');
      return;
    }
    const fails = happens(random, failChance);
    const answer = encodePublish(methodAnswerTopic(fails ? 500 : 200, rid), fails ? FAILURE : payload);
    const line = this.#line;
    const send = (): void => {
      // The hub takes no answer from another connection than the one it asked on.
      if (line === undefined || line !== this.#line) return tally.add('methodsDropped');
      line.write(answer);
      tally.add(fails ? 'methodsFailed' : 'methodsAnswered');
    };
    if (answerDelayMs === 0) return send();
    this.#answersWaiting += 1;
    clock.after(answerDelayMs, () => {
      this.#answersWaiting -= 1;
      send();
    });
  }

  #takeTwin({ status }: TwinAnswer, payload: Buffer): boolean {
    const version = desiredVersionOf(payload);
    if (status !== 200 || version === undefined) return false;
    this.#shared.tally.add('twinsRead');
    this.#desiredVersion = Math.max(this.#desiredVersion, version);
    return true;
  }

  #takeReportAnswer({ status, rid }: TwinAnswer): boolean {
    const { stopwatch, tally } = this.#shared;
    const tookMs = stopwatch.elapsedMs() - Number(rid.slice(rid.indexOf('.') + 1)) / 1000;
    // A microsecond is lost where the time was rounded.
    if (this.#reportsOpen === 0 || !(tookMs >= -0.001)) return false;
    this.#reportsOpen -= 1;
    tally.reportMs.record(tookMs);
    tally.add(status === 204 ? 'reportsAccepted' : 'reportsRefused');
    return true;
  }

  /** On one line each notice is one above the last (contract 0.9). The device reports which one it has. */
  #followDesired(version: number): void {
    const { tally } = this.#shared;
    tally.add('desiredReceived');
    if (version <= this.#noticeVersion) return tally.add('desiredOutOfOrder');
    if (this.#noticeVersion > 0) tally.add('desiredMissed', version - this.#noticeVersion - 1);
    this.#noticeVersion = version;
    this.#desiredVersion = Math.max(this.#desiredVersion, version);
    if (!this.report()) tally.add('reportsSkipped');
  }
}

type TwinAnswer = Extract<HubTopic, { readonly kind: 'twinAnswer' }>;

/** `undefined` where it is no twin. */
function desiredVersionOf(payload: Buffer): number | undefined {
  const twin = parsedOrNothing(payload.toString());
  const desired = isJsonObject(twin) ? twin['desired'] : undefined;
  const version = isJsonObject(desired) ? desired['$version'] : undefined;
  return typeof version === 'number' ? version : undefined;
}

function parsedOrNothing(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}
