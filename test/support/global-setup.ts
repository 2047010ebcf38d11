// Runs once before all tests: finds out where they get a Redis, a Prometheus and a browser from, so that nothing is installed or probed twice.

import type { TestProject } from 'vitest/node'
import { findChromium } from './find-chromium.ts'
import { findPrometheus } from './find-prometheus.ts'
import { findRedis, thisMachine } from './find-redis.ts'

export async function setup(project: TestProject): Promise<void> {
  const machine = thisMachine()
  const { source, noCluster } = await findRedis(machine)
  project.provide('redisSource', source)
  project.provide('noCluster', noCluster)
  // One after the other: apt-get runs once at a time.
  project.provide('noPrometheus', await findPrometheus(machine))
  project.provide('noChromium', await findChromium(machine))
}
