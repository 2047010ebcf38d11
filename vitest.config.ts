// Where tests are, how long they may take, and the line they end with.

import { defineConfig } from 'vitest/config'
import { createSummaryReporter } from './test/support/summary-reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Some tests are whole programs; a loaded machine must not make them fail.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', createSummaryReporter()],
  },
})
