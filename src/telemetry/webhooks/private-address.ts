// Which addresses are not of the public internet: this machine, its networks, what clouds answer their own machines on.

import { BlockList, isIP } from 'node:net'

/** IANA's registries of special-purpose addresses, 2026-11: those that are not globally reachable, and multicast. */
const SUBNETS = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const

const notPublic = new BlockList()
for (const [network, prefix] of SUBNETS)
  notPublic.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4')

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** An IPv4 address written as an IPv6 one counts as itself. What is no address at all is not public either. */
export function isPrivateAddress(address: string): boolean {
  const bare = MAPPED.exec(address)?.[1] ?? address
  const family = isIP(bare)
  if (family === 0) return true
  return notPublic.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}
