// Lines of the demo, with emphasis where a person is looking.

import { type Colourful, createStyle, type Style } from '../style.ts'

export interface Terminal extends Style {
  readonly columns: number
  line(text?: string): void
  heading(text: string): void
}

/** What is known of standard output; a pipe has neither columns nor colours. */
interface Output extends Colourful {
  write(text: string): unknown
  readonly columns?: number
}

const COLUMNS_OF_A_PIPE = 100

export function createTerminal(out: Output): Terminal {
  const style = createStyle(out)
  const line = (text = ''): void => void out.write(`${text}\n`)
  return {
    ...style,
    columns: out.columns || COLUMNS_OF_A_PIPE,
    line,
    heading(text) {
      line()
      line(style.bold(text))
    },
  }
}
