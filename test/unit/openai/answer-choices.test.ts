import { expect, test } from 'vitest'
import { choiceEdits } from '../../../src/openai/answer-choices.ts'
import { editObject } from '../../../src/openai/json-edit.ts'
import { outlineObject } from '../../../src/openai/json-outline.ts'

function completed(text: string): string {
  const json = Buffer.from(text)
  const members = outlineObject(json, { allowsAnyText: true })
  return editObject(json, members, { replace: choiceEdits(json, members.get('choices')) }).toString()
}

test.each([
  [
    'what DeepSeek leaves out',
    '{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"logprobs":null}]}',
    '{"choices":[{"index":0,"message":{"refusal":null,"role":"assistant","content":"a"},"logprobs":null}]}',
  ],
  [
    'what Ollama leaves out, in every choice',
    '{ "choices": [ { "message": { "role": "assistant" } }, { "message": {} } ] }',
    '{ "choices": [ {"logprobs":null, "message": {"content":null,"refusal":null, "role": "assistant" } }, {"logprobs":null, "message": {"content":null,"refusal":null} } ] }',
  ],
  [
    'a model that writes of them',
    '{"choices":[{"message":{"content":"{\\"refusal\\":1,\\"logprobs\\":2} \\ud800"}}]}',
    '{"choices":[{"logprobs":null,"message":{"refusal":null,"content":"{\\"refusal\\":1,\\"logprobs\\":2} \\ud800"}}]}',
  ],
  [
    'a message that is none',
    '{"choices":[{"message":null},1]}',
    '{"choices":[{"logprobs":null,"message":null},1]}',
  ],
  [
    'what vLLM sends as null, first, in the middle and last',
    '{"choices":[{"logprobs":null,"message":{"annotations":null,"content":"a","function_call": null, "refusal":null,"tool_calls":null}}]}',
    '{"choices":[{"logprobs":null,"message":{"content":"a","refusal":null}}]}',
  ],
  [
    'a message of nothing else',
    '{"choices":[{"logprobs":null,"message":{"annotations":null,"tool_calls":null}}]}',
    '{"choices":[{"logprobs":null,"message":{"content":null,"refusal":null}}]}',
  ],
  [
    'what OpenAI itself sends stays as it is',
    '{"choices":[{"logprobs":null,"message":{"content":null,"refusal":null,"annotations":[],"tool_calls":[{}]}}]}',
    '{"choices":[{"logprobs":null,"message":{"content":null,"refusal":null,"annotations":[],"tool_calls":[{}]}}]}',
  ],
  ['no choices', '{"object":"x"}', '{"object":"x"}'],
])('%s', (_, before, after) => {
  expect(completed(before)).toBe(after)
})
