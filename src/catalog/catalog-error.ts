// What is wrong with a catalogue, one row per problem.

export interface CatalogProblem {
  /** Where in the file, e.g. `models[3].prices[0].brackets[1].input`. */
  readonly path: string
  readonly problem: string
  /** What would be right. */
  readonly wanted: string
}

export type ReportProblem = (problem: CatalogProblem) => void

export class CatalogError extends Error {
  override readonly name = 'CatalogError'
  readonly problems: readonly CatalogProblem[]

  constructor(problems: readonly CatalogProblem[]) {
    super(problems.map(({ path, problem, wanted }) => `${path}: ${problem}; wanted: ${wanted}`).join('\n'))
    this.problems = problems
  }
}
