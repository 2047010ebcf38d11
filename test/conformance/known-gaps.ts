// Where bodies differ from OpenAI's document because the document differs from what OpenAI's own service sends.

interface KnownGap {
  readonly problem: RegExp
  readonly about: string
  readonly reason: string
}

export const KNOWN_GAPS: readonly KnownGap[] = [
  {
    problem: /\.system_fingerprint must be string/,
    about: '`system_fingerprint` is null at Qwen and vLLM, and travels as it came',
    reason: "so it is in OpenAI's own answers (github openai/openai-openapi, issue 167, pull request 175)",
  },
  {
    problem: /\.tool_calls\[\]\.type must be equal to one of the allowed values/,
    about: 'a call of a custom tool in a stream has the type `custom`',
    reason: 'the document has it for whole answers, and not yet for chunks',
  },
]

export function isKnownGap(problem: string): boolean {
  return KNOWN_GAPS.some((gap) => gap.problem.test(problem))
}
