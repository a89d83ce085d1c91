// The MQTT 3.1.1 packets of this gateway as plain data, free of the codec that reads and writes them.

export type Will = { readonly topic: string; readonly qos: number; readonly payloadBytes: number };

export type ConnectPacket = {
  readonly kind: 'connect';
  readonly clientId: string;
  readonly userName: string | undefined;
  readonly password: string | undefined;
  readonly cleanSession: boolean;
  /** Seconds; 0 asks for none. */
  readonly keepAliveSeconds: number;
  readonly will: Will | undefined;
};

export type PublishPacket = {
  readonly kind: 'publish';
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  /** 0 at QoS 0, which has no packet id. */
  readonly packetId: number;
};

export type SubscribePacket = {
  readonly kind: 'subscribe';
  readonly packetId: number;
  /** At least one. */
  readonly filters: readonly { readonly filter: string; readonly qos: number }[];
};

export type UnsubscribePacket = { readonly kind: 'unsubscribe'; readonly packetId: number; readonly filters: readonly string[] };

/**
 * What a device may send. `otherProtocol`: a CONNECT for another version of MQTT. `unexpected`: well formed, but nothing that a device sends
 * to this hub. `malformed`: the bytes cannot be read on from here.
 */
export type DevicePacket =
  | ConnectPacket
  | PublishPacket
  | SubscribePacket
  | UnsubscribePacket
  | { readonly kind: 'puback' }
  | { readonly kind: 'pingreq' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'otherProtocol' }
  | { readonly kind: 'unexpected'; readonly name: string }
  | { readonly kind: 'malformed'; readonly reason: string };

/** 0 accepted, 1 other protocol, 2 client id refused, 3 try again later, 5 not authorised [MQTT-3.2.2-6]. */
export type ConnackCode = 0 | 1 | 2 | 3 | 5;

/** What the hub sends. Messages go out at QoS 0 (contract 1.3). */
export type HubPacket =
  | { readonly kind: 'connack'; readonly returnCode: ConnackCode; readonly sessionPresent: boolean }
  | { readonly kind: 'publish'; readonly topic: string; readonly payload: string }
  | { readonly kind: 'puback'; readonly packetId: number }
  | { readonly kind: 'suback'; readonly packetId: number; readonly granted: readonly number[] }
  | { readonly kind: 'unsuback'; readonly packetId: number }
  | { readonly kind: 'pingresp' };
