// What an operator should look into, of models that requests can be sent to.

import type { Model } from './catalog.ts'

const DAY_MS = 86_400_000
const SOON_DAYS = 30

/** One for each thing to do, with every model that it is about. */
export function modelWarnings(models: readonly Model[], nowMs: number): readonly string[] {
  const unpriced: string[] = []
  const leaving: string[] = []
  const stale: string[] = []
  for (const model of models) {
    // Of what is never sent anything, nobody needs to know.
    if (model.routes.length === 0) continue
    const id = `${model.provider}/${model.id}`
    if (model.prices?.segmentAt(nowMs) == null) unpriced.push(id)
    if (model.retiresOn !== null && Date.parse(model.retiresOn) - nowMs < SOON_DAYS * DAY_MS)
      leaving.push(`${id} on ${model.retiresOn}`)
    const checked = model.prices?.sheets.findLast((sheet) => sheet.fromMs <= nowMs)?.checked
    if (checked != null && nowMs - Date.parse(checked) > SOON_DAYS * DAY_MS) stale.push(`${id} on ${checked}`)
  }
  const warnings: string[] = []
  const warn = (about: string, named: readonly string[]): void => {
    if (named.length > 0) warnings.push(`${about}: ${named.join(', ')}`)
  }
  warn('without a price in its region, and so never routed to', unpriced)
  warn(`retired by the vendor within ${SOON_DAYS} days, or already`, leaving)
  warn(`prices last checked more than ${SOON_DAYS} days ago`, stale)
  return warnings
}
