// Emphasis where a person is looking, plain text everywhere else.

export interface Style {
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
}

/** What is known of an output stream; a pipe has no colours. */
export interface Colourful {
  hasColors?(): boolean
}

export function createStyle(out: Colourful): Style {
  const isColourful = out.hasColors?.() === true
  const style =
    (code: number) =>
    (text: string): string =>
      isColourful ? `\x1b[${code}m${text}\x1b[0m` : text
  return { bold: style(1), dim: style(2), good: style(32), bad: style(31) }
}
