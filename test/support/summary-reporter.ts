// The last line of a test run, alone on its line: `N passed, N failed`, and `, N skipped` where some were. What could not
// run (a file that does not load, a hook that throws, an error outside of any test) counts as failed.

import type { Reporter, SerializedError, TestModule } from 'vitest/node'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 }

export function createSummaryReporter(): Reporter {
  let counts: Counts | null = null
  return {
    // Not before: other tools read the configuration too, and their failures are not those of tests.
    onInit() {
      // Written when the process ends: other reporters and coverage print after the run, in no fixed order.
      process.once('exit', (code) => {
        // A global setup that throws ends the run before the first test.
        if (code !== 0 && (counts === null || counts.failed === 0))
          counts = { ...NOTHING, ...counts, failed: 1 }
        if (counts !== null) process.stdout.write(`${formatCounts(counts)}\n`)
      })
    },
    onTestRunEnd(modules, unhandledErrors) {
      counts = countTests(modules, unhandledErrors)
    },
  }
}

function countTests(
  modules: readonly Pick<TestModule, 'children' | 'errors'>[],
  unhandledErrors: readonly SerializedError[],
): Counts {
  const counts: Counts = { ...NOTHING, failed: unhandledErrors.length }
  for (const module of modules) {
    if (module.errors().length > 0) counts.failed++
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      // A test that never came to its end did not pass.
      counts[state === 'pending' ? 'failed' : state]++
    }
  }
  return counts
}

function formatCounts({ passed, failed, skipped }: Counts): string {
  const skips = skipped === 0 ? '' : `, ${skipped} skipped`
  return `${passed} passed, ${failed} failed${skips}`
}
