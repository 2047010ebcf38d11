// A budget of somebody, and the account that it is booked in at a moment.

import type { Budget, BudgetScope } from '../core/budget.ts'
import { type PeriodSpan, periodAt } from './period.ts'

export class ScopedBudget {
  readonly scope: BudgetScope
  readonly name: string
  readonly budget: Budget

  constructor(scope: BudgetScope, name: string, budget: Budget) {
    this.scope = scope
    this.name = name
    this.budget = budget
  }

  /** Null where it has no end. */
  spanAt(atMs: number): PeriodSpan | null {
    return periodAt(this.budget, atMs)
  }

  accountAt(atMs: number): string {
    const span = this.spanAt(atMs)
    const base = `${this.scope}:${this.name}:${this.budget.period}`
    return span === null ? base : `${base}:${span.fromMs}-${span.untilMs}`
  }
}
