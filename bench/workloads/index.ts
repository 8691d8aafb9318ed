// Every workload, in the order they run.

import type { OwnWorkload, Workload } from '../harness/measure.ts'
import { beam } from './beam.ts'
import { conv } from './conv.ts'
import { encode, encodeOne } from './encode.ts'
import { gemm, gemmLarge } from './gemm.ts'
import { gemv, gemvHalf } from './gemv.ts'
import { growth } from './growth.ts'
import { retrieval } from './retrieval.ts'
import { cold, start } from './start.ts'
import { story } from './story.ts'
import { train } from './train.ts'
import { vgg19 } from './vgg19.ts'

export const WORKLOADS: readonly (Workload | OwnWorkload)[] = [
  ...[gemm, gemmLarge, conv, gemv, gemvHalf, vgg19, encode, encodeOne, beam, retrieval, train],
  ...[cold, start, story, growth],
]
