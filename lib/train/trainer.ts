// A net in training: its parameters and Adam's moments on the device, updated batch by batch. Portable; who opens the device is
// index.ts and index.browser.ts.

import { InputError } from '../core/errors.ts'
import type { Device } from '../gpu/device.ts'
import type {
  Batches,
  BatchGradients,
  Moments,
  NamedArrays,
  TrainerKind,
  TrainerOptions,
  TrainerSettings,
  UpdateSettings,
} from './types.ts'

/** Calls wait for each other, in their order. */
export class TrainerBase<K extends TrainerKind = TrainerKind> {
  readonly device: Device
  readonly kind: K
  readonly options: TrainerOptions

  protected constructor(device: Device, kind: K, options: TrainerOptions) {
    this.device = device
    this.kind = kind
    this.options = options
  }

  protected static async on<K extends TrainerKind>(
    _device: Device,
    kind: K,
    _options: TrainerOptions,
    _parameters: NamedArrays,
    _settings: TrainerSettings,
  ): Promise<TrainerBase<K>> {
    throw new InputError(`there is no trainer for a ${kind} yet`)
  }

  /** Updates made so far. */
  get step(): number {
    throw new InputError(`there is no trainer for a ${this.kind} yet`)
  }

  /** The cost of a batch; nothing is updated. */
  async cost(_batch: Batches[K]): Promise<number> {
    throw new InputError(`there is no trainer for a ${this.kind} yet`)
  }

  /** A batch's cost and gradients, before clipping; nothing is updated. */
  async gradients(_batch: Batches[K]): Promise<BatchGradients> {
    throw new InputError(`there is no trainer for a ${this.kind} yet`)
  }

  /** One step of Adam; resolves to the cost before it. @throws TrainingError where the cost is no number, after the update. */
  async update(_batch: Batches[K], _settings: UpdateSettings = {}): Promise<number> {
    throw new InputError(`there is no trainer for a ${this.kind} yet`)
  }

  /** The parameters as they are now. */
  async parameters(): Promise<NamedArrays> {
    throw new InputError(`there is no trainer for a ${this.kind} yet`)
  }

  /** Adam's moments as they are now, and the number of updates. */
  async moments(): Promise<Moments> {
    throw new InputError(`there is no trainer for a ${this.kind} yet`)
  }

  /** Frees everything, and closes the device where the trainer opened it. */
  async dispose(): Promise<void> {}
}
