// The pieces of an answer as the parts that vendors with blocks or items send: pieces of one kind in a row are one part, a
// tool call with its arguments is one of its own.

import type { Piece } from './compose-answer.ts'

export interface PieceRun {
  readonly first: Piece
  readonly pieces: readonly Piece[]
}

export function runsOf(pieces: readonly Piece[]): readonly PieceRun[] {
  const runs: { first: Piece; pieces: Piece[] }[] = []
  for (const piece of pieces) {
    const run = runs.at(-1)
    const isMore = piece.kind === 'arguments' || (piece.kind !== 'call' && piece.kind === run?.first.kind)
    if (isMore && run !== undefined) run.pieces.push(piece)
    else runs.push({ first: piece, pieces: [piece] })
  }
  return runs
}

export function textOfRun({ pieces }: PieceRun): string {
  return pieces.map((piece) => (piece.kind === 'call' ? '' : piece.text)).join('')
}
