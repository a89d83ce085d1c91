// Redirects connections of a Node.js app from the ports the Azure SDKs insist on to those a hub really listens on (contract 2.2).
//
// Loaded with NODE_OPTIONS=--require before the app, it does what TWINHUB_REDIRECT says, such as
// {"hosts":["localhost"],"ports":{"443":8443,"8883":18883}}. Host, SNI and headers stay as the app gave them. Who starts a hub in
// the process of its clients calls `install` instead. Plain CommonJS, because it must run on every Node.js since 14 that an app may use.
'use strict';

// oxlint-disable-next-line unicorn/prefer-node-protocol -- Node.js 14 knows no `node:` before 14.18.
const { Socket } = require('net');

/** @typedef {{ readonly hosts: readonly string[], readonly ports: { readonly [from: string]: number } }} PortMap */
/** @typedef {{ port?: unknown, host?: unknown, [option: string]: unknown }} ConnectOptions */

/** What holds at the moment, the oldest first. @type {Set<PortMap>} */
const installed = new Set();

/**
 * From this moment on, connections to one of the hosts on a port of the map go to the port it names. Of several maps the first that fits
 * counts. The patch itself stays, since another tool may have wrapped it; without a map it changes nothing.
 * @param {PortMap} map
 * @returns {() => void} what ends it.
 */
function install(map) {
  const own = { hosts: map.hosts.map((host) => host.toLowerCase()), ports: map.ports };
  if (!patched) patch();
  installed.add(own);
  return () => {
    installed.delete(own);
  };
}

let patched = false;

function patch() {
  // oxlint-disable-next-line typescript/unbound-method -- it is called through Reflect.apply alone
  const connect = Socket.prototype.connect;
  /** @type {(this: import('net').Socket, ...args: unknown[]) => unknown} */
  const redirectedConnect = function (...args) {
    return Reflect.apply(connect, this, redirectArguments(args));
  };
  // The overloads of `connect` cannot be written down in JSDoc.
  Socket.prototype.connect = /** @type {typeof connect} */ (redirectedConnect);
  patched = true;
}

/** @param {unknown} host @param {unknown} port @returns {number | undefined} */
function targetOf(host, port) {
  // Node.js connects to localhost when no host is given.
  const name = typeof host === 'string' && host !== '' ? host.toLowerCase() : 'localhost';
  for (const { hosts, ports } of installed) {
    const target = hosts.includes(name) ? ports[String(Number(port))] : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}

/**
 * The forms of `connect` are (options), (port, host), (path), each with a listener, and the array [options, listener] that net.connect makes.
 * @param {unknown[]} args
 * @returns {unknown[]}
 */
function redirectArguments(args) {
  const [first, second, ...others] = args;
  if (Array.isArray(first)) {
    const inner = redirectArguments(first);
    return inner === first ? args : inner;
  }
  if (isOptions(first)) {
    // A path counts before a port, so a Unix socket is reached whatever the port says.
    const target = targetOf(first.host, first.port);
    return target === undefined ? args : [withPort(first, target), second, ...others];
  }
  const target = targetOf(typeof second === 'string' ? second : undefined, first);
  return target === undefined ? args : [target, ...args.slice(1)];
}

/** @param {unknown} value @returns {value is ConnectOptions} */
function isOptions(value) {
  return typeof value === 'object' && value !== null;
}

/** A copy, since agents find their idle connections by the options as they were. @param {ConnectOptions} options @param {number} port */
function withPort(options, port) {
  /** @type {ConnectOptions} */
  const copy = {};
  // Inherited options count too.
  for (const name in options) copy[name] = options[name];
  copy.port = port;
  return copy;
}

const given = process.env['TWINHUB_REDIRECT'];
if (given) install(/** @type {PortMap} */ (JSON.parse(given)));

module.exports = { install };
