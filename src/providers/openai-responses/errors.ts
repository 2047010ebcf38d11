// Errors of the Responses API: those of Chat Completions, and the codes by which a response that began fails (types of the
// openai 7.57 client).

import type { ErrorTable } from '../error-table.ts'
import { openaiErrors } from '../openai-errors.ts'

export const responsesErrors: ErrorTable = {
  ...openaiErrors,
  rows: [
    {
      class: 'content_filter',
      words: ['bio_policy', 'misalignment_policy_violation', 'image_content_policy_violation'],
    },
    // Whatever is wrong with an image or a file is wrong with the request.
    {
      class: 'bad_request',
      words: [
        'invalid_image',
        'invalid_image_format',
        'invalid_base64_image',
        'invalid_image_url',
        'image_too_large',
        'image_too_small',
        'image_parse_error',
        'invalid_image_mode',
        'image_file_too_large',
        'unsupported_image_media_type',
        'empty_image_file',
        'failed_to_download_image',
        'image_file_not_found',
        'file_not_found',
      ],
    },
    ...openaiErrors.rows,
  ],
}
