// Refusals by a budget that had room: once everything is settled and nothing is held, what is free decides alone.

import type { Scene } from './fault.ts'
import { usd } from './stage.ts'
import { usdText } from './usd-text.ts'

const WORST_CASE = /may cost up to ([\d.e+-]+) USD/

export async function findPhantom({ stage, traffic }: Scene, tightUsd: number): Promise<readonly string[]> {
  const found: string[] = []
  for (const { payer, number, answer } of traffic.sent.values()) {
    // There was never a moment without room for these.
    if (payer !== 'tight' && answer.code === 'insufficient_quota')
      found.push(`phantom: request ${number} of a ${payer} key was refused: ${answer.message}`)
  }
  const store = await stage.site.open()
  try {
    const [account] = await store.accounts([`key:${stage.payers.tight.id}:total`])
    const free = usd(tightUsd) - (account?.spent ?? 0n)
    const { code, message } = await traffic.ask('tight', stage.gateways[0].name)
    const needs = usdText(WORST_CASE.exec(message)?.[1] ?? '0')
    if (code === 'insufficient_quota' && needs <= free)
      found.push(`phantom: ${free} is free, and a request that needs ${needs} was refused`)
  } finally {
    await store.close()
  }
  return found
}
