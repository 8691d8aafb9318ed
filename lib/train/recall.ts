// How well pictures and captions find each other: recall@1, 5, 10 in percent and the median rank, both ways, as the original's
// evaluation has them. Vectors are compared by dot product.

export interface Recall {
  /** Shares of queries, in percent, whose answer is among the first 1, 5 and 10. */
  readonly at1: number
  readonly at5: number
  readonly at10: number
  /** Of the answers' ranks, from 1. */
  readonly medianRank: number
}

export interface Vectors {
  readonly dim: number
  /** One after the other. */
  readonly data: Float32Array
}

/** Pictures to captions (the best of a picture's own counts), and captions to pictures. `owners`: the picture of each caption. */
export function recall(
  images: Vectors,
  captions: Vectors,
  owners: readonly number[],
): { readonly imageToText: Recall; readonly textToImage: Recall } {
  const count = images.data.length / images.dim
  const scores = Array.from({ length: count }, (_, image) => scoresOf(images, image, captions, owners.length))
  const imageRanks = scores.map((row, image) => {
    const own = owners.flatMap((owner, caption) => (owner === image ? [rank(row, caption)] : []))
    return Math.min(...own)
  })
  const captionRanks = owners.map((owner, caption) =>
    rank(
      Float64Array.from(scores, row => row[caption] ?? 0),
      owner,
    ),
  )
  return { imageToText: figures(imageRanks), textToImage: figures(captionRanks) }
}

/** What training is judged by: the sum of the six recalls. */
export const recallSum = ({ imageToText: a, textToImage: b }: ReturnType<typeof recall>): number =>
  a.at1 + a.at5 + a.at10 + b.at1 + b.at5 + b.at10

function scoresOf(images: Vectors, image: number, captions: Vectors, count: number): Float64Array {
  const { dim } = images
  const query = images.data.subarray(image * dim, (image + 1) * dim)
  const scores = new Float64Array(count)
  for (let caption = 0; caption < count; caption++) {
    let sum = 0
    for (let i = 0, at = caption * dim; i < dim; i++, at++) sum += (query[i] ?? 0) * (captions.data[at] ?? 0)
    scores[caption] = sum
  }
  return scores
}

/** From 0, highest score first; of equal scores the last comes first, as in a reversed stable sort. */
function rank(scores: Float64Array, wanted: number): number {
  const score = scores[wanted] ?? 0
  let before = 0
  for (let i = 0; i < scores.length; i++) {
    const other = scores[i] ?? 0
    if (other > score || (other === score && i > wanted)) before++
  }
  return before
}

function figures(ranks: readonly number[]): Recall {
  const share = (k: number): number => (100 * ranks.filter(rank => rank < k).length) / ranks.length
  const sorted = [...ranks].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  const median = sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
  return { at1: share(1), at5: share(5), at10: share(10), medianRank: Math.floor(median) + 1 }
}
