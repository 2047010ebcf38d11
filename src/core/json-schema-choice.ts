// What an operator lets become of a JSON schema that a route does not keep by itself.

/**
 * `native`: such a route is not eligible. `checked`: it is asked in JSON mode, and an answer that does not fit goes nowhere.
 * `repaired`: the model is told once what is wrong with it.
 */
export const JSON_SCHEMA_CHOICES = ['native', 'checked', 'repaired'] as const
export type JsonSchemaChoice = (typeof JSON_SCHEMA_CHOICES)[number]
