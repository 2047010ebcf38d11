// Buckets that OpenTelemetry's conventions for generative AI give, for Prometheus and for OTLP.

export const GEN_AI_SECONDS: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
]
export const GEN_AI_TOKENS: readonly number[] = Array.from({ length: 14 }, (_, power) => 4 ** power)
