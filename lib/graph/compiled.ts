// What a compiled graph consists of: recorded dispatches, loops, and the memory of every tensor. Made by compile.ts, read by
// whoever runs or prints a plan. Only types.

import type { Device } from '../gpu/device.ts'
import type { Pipeline } from '../gpu/pipeline.ts'
import type { Piece, Step, Tensor } from '../ops/op.ts'
import type { Graph, Loop } from './graph.ts'
import type { LoweredItem } from './lower.ts'
import type { MemoryPlan } from './memory-plan.ts'

/** A part of a buffer. */
export interface Region {
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly size: number
}

/** What a binding is given: a part of a buffer, or a texture. */
export type Bound = Region | { readonly view: GPUTextureView }

/** One recorded dispatch: bind groups for even and for odd steps of a loop. */
export interface Dispatch {
  readonly label: string
  readonly pipeline: Pipeline
  readonly step: Step
  readonly piece: Piece
  readonly groups: readonly [GPUBindGroup, GPUBindGroup]
  /** Its first slot in the buffer of parameters; a loop that the host steps has one for every step. */
  readonly slot: number
}

/** What a loop counted by the device needs besides: see kernels/repeat-next.wgsl. */
export interface DeviceCounted {
  readonly next: Dispatch
  readonly table: GPUBuffer
  readonly parameters: GPUBuffer
  readonly workgroups: GPUBuffer
  /** Where the loop's record is read back: two, because one chunk is ahead. */
  readonly records: readonly [GPUBuffer, GPUBuffer]
}

export interface LoopPlan {
  readonly loop: Loop
  readonly body: readonly Dispatch[]
  readonly pairs: ReadonlyMap<Tensor, readonly [Region, Region]>
  readonly counted: DeviceCounted | undefined
}

export type PlanItem =
  | { readonly kind: 'dispatch'; readonly dispatch: Dispatch }
  | { readonly kind: 'loop'; readonly plan: LoopPlan }

export interface Compiled {
  readonly graph: Graph
  readonly device: Device
  readonly items: readonly PlanItem[]
  readonly lowered: readonly LoweredItem[]
  readonly memory: MemoryPlan<Tensor>
  readonly buffers: readonly GPUBuffer[]
  readonly regions: ReadonlyMap<Tensor, Region>
  readonly parameters: GPUBuffer
  readonly slots: number
  /** Where outputs are read back. */
  readonly staging: GPUBuffer
}
