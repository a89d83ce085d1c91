// What an MQTT session knows, hears and asks for: plain data. The moves between states are in session.ts.
import type { ErrorCode, Outcome } from '../../domain/errors.ts';
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import type { DisconnectReason } from '../../domain/message.ts';
import type { DirectMethodAnswer } from '../../domain/method/direct-method.ts';
import type { DesiredNotice, Twin } from '../../domain/twin/twin.ts';
import type { DevicePrincipal } from '../../hub/access.ts';
import type { MethodRequest } from '../../hub/connections.ts';
import type { Subscription } from '../../ports/subscription-store.ts';
import type { ConnectRequest } from './connect.ts';
import type { TwinRefusal } from './error-response.ts';
import type { ConnackCode, DevicePacket, HubPacket } from './packets.ts';

export type SessionState = AwaitingConnect | Connecting | Refusing | Connected | { readonly kind: 'closed' };

export type AwaitingConnect = { readonly kind: 'awaitingConnect'; readonly hostNames: readonly string[] };

export type Connecting =
  | { readonly kind: 'authenticating'; readonly request: ConnectRequest }
  | { readonly kind: 'joining'; readonly request: ConnectRequest; readonly expiresAtMs: number };

/** A refusal that the device is not told yet. `clientId` is who it says it is. */
export type Refusing = {
  readonly kind: 'refusing';
  readonly clientId: string;
  readonly returnCode: ConnackCode;
  readonly because: string;
};

export type Connected = {
  readonly kind: 'connected';
  readonly identity: IdentityId;
  readonly cleanSession: boolean;
  readonly mayReport: boolean;
  readonly willBytes: number | undefined;
  readonly subscriptions: readonly Subscription[];
  /** A SUBSCRIBE or UNSUBSCRIBE that is being stored. */
  readonly change: SubscriptionChange | undefined;
  /** Twin reads without an answer. */
  readonly reads: number;
  /** Reports without an answer, and answers that wait for one before them. */
  readonly reports: readonly PendingReport[];
  readonly nextReportId: number;
  /** The latest desired version that the device was told on this connection; 0 before the first. */
  readonly toldDesiredVersion: number;
  /** The latest desired version that the device has read on this connection; 0 before the first. */
  readonly readDesiredVersion: number;
};

type SubscriptionChange = { readonly subscriptions: readonly Subscription[]; readonly answer: HubPacket };

type PendingReport = { readonly id: number; readonly rid: string; readonly answer: HubPacket | undefined };

/** What happens to a session: a packet, the result of an effect, something from the hub, or its end. */
export type SessionInput =
  | { readonly kind: 'packet'; readonly packet: DevicePacket }
  | { readonly kind: 'authenticated'; readonly principal: DevicePrincipal }
  /** `keptSubscriptions`: `undefined` where no session was kept. */
  | { readonly kind: 'joined'; readonly keptSubscriptions: readonly Subscription[] | undefined }
  | { readonly kind: 'subscriptionsSaved' }
  /** To authenticate, to join, or to save subscriptions. `returnCode` is for a device that waits for CONNACK. */
  | { readonly kind: 'failed'; readonly returnCode: ConnackCode; readonly because: string }
  /** The device may be told that it is refused. */
  | { readonly kind: 'refusalDue' }
  /** The device is not to be told anything. */
  | { readonly kind: 'refusalDropped' }
  | { readonly kind: 'twinRead'; readonly rid: string; readonly twin: Twin }
  | { readonly kind: 'readRefused'; readonly rid: string; readonly refusal: TwinRefusal }
  | { readonly kind: 'reported'; readonly id: number; readonly version: number }
  | { readonly kind: 'reportRefused'; readonly id: number; readonly refusal: TwinRefusal }
  | { readonly kind: 'methodRequested'; readonly request: MethodRequest }
  | { readonly kind: 'desiredChanged'; readonly notice: DesiredNotice }
  | { readonly kind: 'end'; readonly reason: OutsideEndReason };

/** Why a session ends without a word of the device. */
export type OutsideEndReason = DisconnectReason | 'connectTooLate' | 'silent' | 'notReading' | 'lost' | 'storeFailed' | 'fault';

/** `clientId` is absent before CONNECT. `because` is one sentence for the log, where the reason does not say it all. */
export type SessionEnd = {
  readonly reason: OutsideEndReason | 'disconnected' | 'refused' | 'refusedTooOften' | 'protocolError';
  readonly clientId: string | undefined;
  readonly because?: string;
};

/** What a session asks of its connection, which performs effects in their order and feeds results back as inputs. */
export type SessionEffect =
  | { readonly kind: 'send'; readonly packet: HubPacket }
  | { readonly kind: 'authenticate'; readonly identity: IdentityId; readonly token: string | undefined }
  /** Asks when a refusal may be told. */
  | { readonly kind: 'holdRefusal'; readonly clientId: string; readonly because: string }
  /** Makes the connection the device's only one, and begins the session that the store keeps. */
  | { readonly kind: 'join'; readonly principal: DevicePrincipal; readonly modelId: string; readonly cleanSession: boolean }
  | { readonly kind: 'saveSubscriptions'; readonly identity: IdentityId; readonly subscriptions: readonly Subscription[] }
  /** The device is connected: from here its silence and the end of its token are watched. */
  | { readonly kind: 'watch'; readonly identity: IdentityId; readonly silenceLimitMs: number; readonly expiresAtMs: number }
  | { readonly kind: 'announceListening' }
  | { readonly kind: 'noteActivity' }
  | { readonly kind: 'acceptTelemetry'; readonly bytes: number }
  | { readonly kind: 'answerMethod'; readonly requestId: string; readonly answer: Outcome<DirectMethodAnswer> }
  | { readonly kind: 'readTwin'; readonly identity: IdentityId; readonly rid: string }
  | {
      readonly kind: 'report';
      readonly identity: IdentityId;
      readonly id: number;
      readonly body: Buffer;
      readonly baseVersion: number | undefined;
    }
  | { readonly kind: 'refuseReport'; readonly id: number; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'close'; readonly end: SessionEnd };

export type Step = { readonly state: SessionState; readonly effects: readonly SessionEffect[] };
