// What the queries of the dashboards are put together from. Label filters follow the variables team, tier and provider.

/** Of metrics with all three labels. */
export const PAYER = 'provider=~"$provider",tier=~"$tier",team=~"$team"'
/** Of farthing_tokens_total, which has no tier. */
export const TOKENS = 'provider=~"$provider",team=~"$team"'
/** Of metrics that are about providers alone. */
export const PROVIDER = 'provider=~"$provider"'

/**
 * By how much a counter grew over a range, to the last digit: last value minus the one before the range, or minus nothing
 * where the series began inside of it. `increase()` misses what a series had when it was scraped for the first time, and
 * extrapolates at the ends; it is taken only where a process was restarted within the range.
 */
export function grew(selector: string, range = '$__range'): string {
  const last = `last_over_time(${selector}[${range}])`
  const before = `(last_over_time(${selector}[1h] offset ${range}) or 0 * ${last})`
  return `(((${last} unless (resets(${selector}[${range}]) > 0)) - ${before} >= 0) or increase(${selector}[${range}]))`
}

/** A counter's growth per second, over as long as a panel can show. */
export function rate(selector: string): string {
  return `rate(${selector}[$__rate_interval])`
}

export function quantile(share: number, histogram: string, by: readonly string[] = []): string {
  const labels = ['le', ...by].join(', ')
  return `histogram_quantile(${share}, sum by (${labels}) (${rate(histogram)}))`
}

/** To the end of the month, UTC. */
export const MONTH_LEFT_SECONDS =
  'scalar((days_in_month() - day_of_month() + 1) * 86400 - hour() * 3600 - minute() * 60)'

/** Every gateway tells the budgets of the store that all of them share. */
export function budget(metric: string, filter = ''): string {
  return `max by (scope, name, period) (${metric}${filter})`
}
