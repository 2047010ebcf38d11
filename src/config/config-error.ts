// What is wrong with a configuration, one row per problem, for the person who wrote it.

export interface ConfigProblem {
  /** Where: `providers.openai.region`, `env PORT`, or `FILE:LINE:COLUMN` for what is not even YAML. */
  readonly path: string
  /** What is wrong there. Never quotes a secret. */
  readonly problem: string
  /** What would be right. */
  readonly wanted: string
}

/** The configuration cannot be used. `main` prints formatProblems() and exits with code 78 (EX_CONFIG of sysexits.h). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }
}

/** One line per problem, each ending in a line feed. */
export function formatProblems(error: ConfigError): string {
  return listProblems(error)
    .map((line) => `${line}\n`)
    .join('')
}

export function listProblems({ problems }: ConfigError): readonly string[] {
  return problems.map(formatProblem)
}

function formatProblem({ path, problem, wanted }: ConfigProblem): string {
  return `${path}: ${problem}; wanted: ${wanted}`.replace(/\s*\n\s*/g, ' ')
}
