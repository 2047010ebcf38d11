// An operator's own expressions may take long on some text. What takes too long is broken off: Node's `vm` can end a match
// that is running, and nothing else in one thread can.

import { createContext, Script } from 'node:vm'

/** Throws what `run` threw, or an error that says it took too long. */
export type WithinTime = <Result extends object>(run: () => Result) => Result

export function createTimeLimit(timeoutMs: number): WithinTime {
  const script = new Script('run()')
  const box = { run: nothing }
  const context = createContext(box)
  return <Result extends object>(run: () => Result): Result => {
    const results: Result[] = []
    box.run = () => void results.push(run())
    try {
      script.runInContext(context, { timeout: timeoutMs })
    } finally {
      box.run = nothing
    }
    const [result] = results
    if (result === undefined) throw new Error('it ended without a result')
    return result
  }
}

function nothing(): void {
  // Between two runs.
}
