// Every op there is: tests walk this list.

import { beamSearch, beamTrace } from './beam-search.ts'
import { collectRows } from './collect-rows.ts'
import { concat } from './concat.ts'
import { conv2d } from './conv2d.ts'
import { elementwise } from './elementwise.ts'
import { embeddingRows } from './embedding-rows.ts'
import { gemm } from './gemm.ts'
import { gruCell } from './gru-cell.ts'
import { l2Normalize } from './l2-normalize.ts'
import { maxPool2d } from './max-pool.ts'
import { meanRows } from './mean-rows.ts'
import type { Op } from './op.ts'
import { sample } from './sample.ts'
import { segmentSum } from './segment-sum.ts'
import { softmaxRows } from './softmax.ts'
import { topK } from './top-k.ts'

export const OPS: readonly Op[] = [
  beamSearch,
  beamTrace,
  collectRows,
  concat,
  conv2d,
  elementwise,
  embeddingRows,
  gemm,
  gruCell,
  l2Normalize,
  maxPool2d,
  meanRows,
  sample,
  segmentSum,
  softmaxRows,
  topK,
] as unknown as readonly Op[]
