// Runs once before all tests: finds out where they get a Redis from, so that nothing is installed or probed twice.

import type { TestProject } from 'vitest/node'
import { findRedis, thisMachine } from './find-redis.ts'

export async function setup(project: TestProject): Promise<void> {
  const { source, noCluster } = await findRedis(thisMachine())
  project.provide('redisSource', source)
  project.provide('noCluster', noCluster)
}
