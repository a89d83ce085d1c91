// SUBSCRIBE and UNSUBSCRIBE: what a device asks to be sent, stored before it is acknowledged, since it outlives the connection (contract 0.3).
import type { Subscription } from '../../ports/subscription-store.ts';
import type { HubPacket, SubscribePacket, UnsubscribePacket } from './packets.ts';
import { breakOff } from './session-end.ts';
import type { Connected, SessionEffect, Step } from './session-state.ts';
import { subscriptionsOf } from './own-topics.ts';

/** Grants QoS 1 at most; a filter that is not documented ends the connection (behaviour 7.2). */
export function onSubscribe(state: Connected, packet: SubscribePacket): Step {
  const wanted = new Set(state.subscriptions);
  for (const { filter } of packet.filters) {
    const subscriptions = subscriptionsOf(filter, state.identity);
    if (subscriptions === undefined) return breakOff(state, `Subscribed to ${filter.slice(0, 128)}, which is no topic of this device.`);
    for (const subscription of subscriptions) wanted.add(subscription);
  }
  const granted = packet.filters.map(({ qos }) => Math.min(qos, 1));
  return change(state, [...wanted], { kind: 'suback', packetId: packet.packetId, granted });
}

/** A filter without a subscription is acknowledged like any other [MQTT-3.10.4-5]. */
export function onUnsubscribe(state: Connected, packet: UnsubscribePacket): Step {
  const left = new Set(packet.filters.flatMap((filter) => subscriptionsOf(filter, state.identity) ?? []));
  const kept = state.subscriptions.filter((subscription) => !left.has(subscription));
  return change(state, kept, { kind: 'unsuback', packetId: packet.packetId });
}

/** The change that waited for the store takes effect, and is acknowledged. */
export function onSubscriptionsSaved(state: Connected): Step {
  return state.change ? applied(state, state.change.subscriptions, state.change.answer) : { state, effects: [] };
}

/** @param subscriptions more or fewer than before, or the same. */
function change(state: Connected, subscriptions: readonly Subscription[], answer: HubPacket): Step {
  const unchanged = subscriptions.length === state.subscriptions.length;
  // A clean session ends with its connection [MQTT-3.1.2-6], so there is nothing to store.
  if (unchanged || state.cleanSession) return applied(state, subscriptions, answer);
  return {
    state: { ...state, change: { subscriptions, answer } },
    effects: [{ kind: 'saveSubscriptions', identity: state.identity, subscriptions }],
  };
}

function applied(state: Connected, subscriptions: readonly Subscription[], answer: HubPacket): Step {
  const send: SessionEffect = { kind: 'send', packet: answer };
  const beganToListen = subscriptions.includes('methods') && !state.subscriptions.includes('methods');
  return {
    state: { ...state, subscriptions, change: undefined },
    effects: beganToListen ? [send, { kind: 'announceListening' }] : [send],
  };
}
