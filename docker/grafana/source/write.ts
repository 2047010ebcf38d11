// npm run dashboards: writes the files that Grafana is provisioned with.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardFiles } from './files.ts'

for (const [path, text] of dashboardFiles()) {
  writeFileSync(join(import.meta.dirname, '../../..', path), text)
  process.stdout.write(`${path}\n`)
}
