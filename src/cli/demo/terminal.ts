// Colour and emphasis where a person is looking, plain text everywhere else.

export interface Terminal {
  line(text?: string): void
  heading(text: string): void
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
}

export function createTerminal(out: { write(text: string): unknown; readonly isTTY?: boolean }): Terminal {
  const style =
    (code: number) =>
    (text: string): string =>
      out.isTTY === true ? `\x1b[${code}m${text}\x1b[0m` : text
  const bold = style(1)
  const line = (text = ''): void => void out.write(`${text}\n`)
  return {
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
