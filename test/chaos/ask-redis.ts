// One command to one server, past every gate.

import { Redis } from 'ioredis'

export async function askRedis(port: number, command: string, ...args: readonly string[]): Promise<unknown> {
  const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, maxRetriesPerRequest: 0 })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return await redis.call(command, ...args)
  } finally {
    redis.disconnect()
  }
}

export async function readInfo(port: number, section: string): Promise<ReadonlyMap<string, string>> {
  const text = String(await askRedis(port, 'INFO', section))
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
}

/** Whether a replica has all that its master had. */
export async function isInStep(port: number): Promise<boolean> {
  const info = await readInfo(port, 'replication').catch(() => null)
  return info?.get('master_link_status') === 'up' && info.get('master_sync_in_progress') === '0'
}
