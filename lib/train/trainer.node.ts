// The trainer in Node, where a device is opened by the name of its adapter.

import { openDevice } from '../gpu/open.node.ts'
import { TrainerBase } from './trainer.ts'
import type { AnyKind, NamedArrays, TrainerKind, TrainerOptions, TrainerSettings } from './types.ts'

export class Trainer<K extends AnyKind = TrainerKind> extends TrainerBase<K> {
  /**
   * A net in training, from `parameters` by the original's names.
   * @throws InputError, ShapeError where options and parameters don't go together; DeviceError
   */
  static async create<K extends AnyKind>(
    kind: K,
    options: TrainerOptions,
    parameters: NamedArrays,
    settings: TrainerSettings = {},
  ): Promise<Trainer<K>> {
    const given = TrainerBase.prepare(kind, options, parameters, settings)
    const device = settings.device ?? (await openDevice(settings.adapter, settings.memoryLimit))
    const trainer = new Trainer(device, kind, options, given)
    await trainer.load(given.tensors)
    return trainer
  }
}
