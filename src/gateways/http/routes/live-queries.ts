// Live queries: the result as it stands, and from then on whatever enters it, changes in it, or leaves it.
import { LIMITS } from '../../../domain/limits.ts';
import { parseQueryRequest } from '../../../domain/query/query-request.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { LiveQuery } from '../../../hub/live/live-query.ts';
import { EVENT_STREAM_TYPE, EventStream } from '../event-stream.ts';
import { EventStreamRoom } from '../event-stream-room.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function liveQueryRoutes({ liveQueries }: Hub): readonly Route[] {
  const room = new EventStreamRoom(LIMITS.liveQueryWaitingBytesInAll.value);
  return [
    {
      method: 'POST',
      path: '/hub/queries/live',
      signIn: [['ServiceConnect']],
      maxBodyBytes: LIMITS.queryBodyBytes.value,
      handle(request): RouteAnswer {
        const after = sequenceIn(request.header('last-event-id'));
        const text = parseQueryRequest(request.body());
        const stream = new EventStream(room);
        const query = openOn(stream, () => liveQueries.open({ text, after }, stream));
        stream.onTooSlow = () => liveQueries.endSlow(query);
        stream.parts.once('close', () => query.close());
        return {
          status: 200,
          contentType: EVENT_STREAM_TYPE,
          parts: stream.parts,
          endSignIn: (why) => query.end('signInEnded', why),
        };
      },
    },
  ];
}

/** Where the query is refused, nobody will ever read the stream. */
function openOn(stream: EventStream, open: () => LiveQuery): LiveQuery {
  try {
    return open();
  } catch (error) {
    stream.cut();
    throw error;
  }
}

/** @returns `undefined` without one, NaN for what no event of this hub had. */
function sequenceIn(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  return /^\d{1,16}$/.test(lastEventId) ? Number(lastEventId) : Number.NaN;
}
