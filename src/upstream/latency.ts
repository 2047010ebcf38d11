// How fast each route answered lately: a moving average of the time to the first content.

export interface RouteLatencies {
  /** Milliseconds; null before the first answer. */
  of(routeId: string): number | null
  observe(routeId: string, firstByteMs: number): void
}

/** Weight of the newest answer: the last ten or so decide. */
const WEIGHT = 0.2

export function createRouteLatencies(): RouteLatencies {
  const averages = new Map<string, number>()
  return {
    of: (routeId) => averages.get(routeId) ?? null,
    observe(routeId, firstByteMs) {
      const before = averages.get(routeId)
      averages.set(routeId, before === undefined ? firstByteMs : before + WEIGHT * (firstByteMs - before))
    },
  }
}
