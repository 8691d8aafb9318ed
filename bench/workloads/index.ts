// Every workload, in the order they run.

import type { Workload } from '../harness/measure.ts'
import { beam } from './beam.ts'
import { conv } from './conv.ts'
import { encode, encodeOne } from './encode.ts'
import { gemm } from './gemm.ts'
import { gemv } from './gemv.ts'
import { retrieval } from './retrieval.ts'
import { vgg19 } from './vgg19.ts'

export const WORKLOADS: readonly Workload[] = [gemm, conv, gemv, vgg19, encode, encodeOne, beam, retrieval]
