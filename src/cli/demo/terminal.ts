// Colour and emphasis where a person is looking, plain text everywhere else.

export interface Terminal {
  readonly columns: number
  line(text?: string): void
  heading(text: string): void
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
}

/** What is known of standard output; a pipe has neither columns nor colours. */
interface Output {
  write(text: string): unknown
  readonly columns?: number
  hasColors?(): boolean
}

const COLUMNS_OF_A_PIPE = 100

export function createTerminal(out: Output): Terminal {
  const isColourful = out.hasColors?.() === true
  const style =
    (code: number) =>
    (text: string): string =>
      isColourful ? `\x1b[${code}m${text}\x1b[0m` : text
  const bold = style(1)
  const line = (text = ''): void => void out.write(`${text}\n`)
  return {
    columns: out.columns || COLUMNS_OF_A_PIPE,
    line,
    bold,
    dim: style(2),
    good: style(32),
    bad: style(31),
    heading(text) {
      line()
      line(bold(text))
    },
  }
}
