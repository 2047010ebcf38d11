// The families of tokenizers that prompts are counted for.

export const TOKENIZERS = ['openai-o200k', 'deepseek', 'qwen', 'kimi', 'claude', 'claude-2026'] as const
export type Tokenizer = (typeof TOKENIZERS)[number]
