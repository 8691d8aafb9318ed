// Every op there is: tests walk this list.

import { adam } from './adam.ts'
import { scaledSum } from './add-scaled.ts'
import { beamSearch, beamTrace } from './beam-search.ts'
import { channelSum } from './channel-sum.ts'
import { collectRows } from './collect-rows.ts'
import { concat, concatPart } from './concat.ts'
import { contrastiveScores } from './contrastive.ts'
import { conv2d } from './conv2d.ts'
import { convBackward, convFlip } from './conv2d-gradient.ts'
import { crossEntropyRows } from './cross-entropy.ts'
import { elementwise } from './elementwise.ts'
import { embeddingRows, embeddingScatter } from './embedding-rows.ts'
import { gemm } from './gemm.ts'
import { gruCell } from './gru-cell.ts'
import { gruTape, gruTapeBackward } from './gru-tape.ts'
import { l2Normalize, l2NormalizeBackward } from './l2-normalize.ts'
import { maxPool2d, maxPoolBackward } from './max-pool.ts'
import { meanRows } from './mean-rows.ts'
import type { Op } from './op.ts'
import { product } from './product.ts'
import { rowsPut, rowsTake } from './rows.ts'
import { sample } from './sample.ts'
import { segmentSpread, segmentSum } from './segment-sum.ts'
import { softmaxRows } from './softmax.ts'
import { squareSum, squareSumClip } from './square-sum.ts'
import { sumAll } from './sum.ts'
import { topK } from './top-k.ts'

export const OPS: readonly Op[] = [
  adam,
  scaledSum,
  beamSearch,
  beamTrace,
  channelSum,
  collectRows,
  concat,
  concatPart,
  contrastiveScores,
  conv2d,
  convBackward,
  convFlip,
  crossEntropyRows,
  elementwise,
  embeddingRows,
  embeddingScatter,
  gemm,
  gruCell,
  gruTape,
  gruTapeBackward,
  l2Normalize,
  l2NormalizeBackward,
  maxPool2d,
  maxPoolBackward,
  meanRows,
  product,
  rowsPut,
  rowsTake,
  sample,
  segmentSpread,
  segmentSum,
  softmaxRows,
  squareSum,
  squareSumClip,
  sumAll,
  topK,
] as unknown as readonly Op[]
