// The address that a connection comes from, as people write it.

/** An IPv4 address that reached an IPv6 socket comes as `::ffff:a.b.c.d` [RFC 4291, section 2.5.5.2]; it is shown as the IPv4 address it is. */
export function sourceAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
