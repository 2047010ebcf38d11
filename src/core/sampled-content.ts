// What is kept of a request's prompt and answer where an operator samples a team: text with what is sensitive taken out, and
// of everything else what it was.

export type ContentPart =
  | { readonly type: 'text'; readonly text: string; readonly is_cut: boolean }
  | {
      readonly type: 'media'
      readonly kind: 'image' | 'audio' | 'video' | 'file'
      /** Null where only a link or an upload was named, which is not kept. */
      readonly media_type: string | null
      readonly bytes: number | null
    }
  | {
      readonly type: 'tool_call'
      readonly name: string
      readonly arguments: string
      readonly is_cut: boolean
    }

export interface ContentMessage {
  readonly role: string
  readonly parts: readonly ContentPart[]
}

export interface SampledContent {
  /** The last ones of the request, in their order. */
  readonly messages: readonly ContentMessage[]
  /** Messages before them, for which there was no room. */
  readonly messages_omitted: number
  /** What the client got of it, a message for each choice. */
  readonly answer: readonly ContentMessage[]
}

/** Kinds of text that an operator may choose to have taken out. API keys and tokens always are. */
export const REDACTIONS = ['email', 'card', 'iban', 'phone'] as const
export type Redaction = (typeof REDACTIONS)[number]

/** What is kept of one team's requests. */
export interface ContentPolicy {
  /** The share of its requests, above 0 and up to 1. */
  readonly sample: number
  readonly retentionMs: number
  readonly redact: readonly Redaction[]
  /** Sources of regular expressions. */
  readonly patterns: readonly string[]
}
