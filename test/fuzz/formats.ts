// The formats that are fuzzed: which inputs are made for each, and what reads them. Every reader gives a value or throws a
// FileError; the values are of no interest here.

import * as fc from 'fast-check'
import { parseIds } from '../../cli/lines.ts'
import { decodePicture } from '../../lib/image/decode.node.ts'
import { openBundle } from '../../lib/io/bundle.ts'
import { blobFiles } from '../../lib/io/bundle-files.ts'
import { decodeNpy, decodeVectors } from '../../lib/io/npy.ts'
import { readPunkt as readPunktJson, readWordIds } from '../../lib/io/vocabularies.ts'
import { openContents } from '../../weights-converter/contents.ts'
import { readDictionary, readOptions, readPunkt } from '../../weights-converter/dictionaries.ts'
import { inspectFile } from '../../weights-converter/inspect.ts'
import { readCaptions, readWords } from '../../weights-converter/texts.ts'
import { golden, memory, raw } from '../weights-converter/files.ts'
import { PYTHON3 } from '../weights-converter/formats/pickle/python3-pickles.ts'
import { npz, original } from '../weights-converter/originals.ts'
import { edited } from './edits.ts'
import { npys, npzs } from './grammar/arrays.ts'
import { caffemodels } from './grammar/caffemodel.ts'
import { hdf5s, patchedHdf5, writtenHdf5 } from './grammar/hdf5.ts'
import { objectArrays, pickles } from './grammar/pickle.ts'
import { drawnPictures, savedPictures } from './grammar/pictures.ts'
import { changedJson, lists, texts } from './grammar/texts.ts'

export interface Format {
  /** Whole files of the format. */
  seeds(): Promise<readonly Uint8Array[]>
  /** Files from a grammar, whole or not. */
  readonly grammar: fc.Arbitrary<Uint8Array>
  /** @throws FileError */
  read(bytes: Uint8Array): Promise<unknown>
}

const goldens = async (...paths: string[]): Promise<Uint8Array[]> => paths.map(golden)
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const inspect = (bytes: Uint8Array): Promise<unknown> => inspectFile(memory(bytes))

/** The model of the manifests that are changed: a style, a table of words, captions and their words. */
export const MODEL = {
  format: 1,
  name: 'model',
  tensors: {
    'styles/swift': { file: 'swift.npy', dtype: 'f32', shape: [32], layout: 'dim', sha256: '0'.repeat(64) },
    'word-tables/uni': { file: 'uni.npy', dtype: 'f32', shape: [90, 11], layout: 'word, in', sha256: '0'.repeat(64) },
  },
  nets: { 'uni-skip': { dim: 18, dimWord: 11 }, vgg19: { convs: [[2, 2]], fcs: [3] } },
  vocabularies: { decoder: { file: 'words.json', count: 2, sha256: '0'.repeat(64) } },
  captions: { file: 'captions.txt', count: 2, embeddings: false },
  styles: ['swift'],
  punkt: 'punkt.json',
  sources: [{ file: 'a', bytes: 1, sha256: '0'.repeat(64), role: 'style' }],
  leftOut: [{ file: 'b', why: 'c' }],
  made: { dtype: 'f32', key: 'd' },
}
const PUNKT = {
  abbreviations: ['dr'],
  collocations: [['a', 'b']],
  sentenceStarters: ['she'],
  orthographicContext: { she: 2 },
}

/** Opens a bundle with this manifest and reads all that it names. */
async function readBundle(manifest: Uint8Array): Promise<void> {
  const blobs = {
    'manifest.json': manifest,
    'swift.npy': golden('weights/swift_style.npy'),
    'uni.npy': golden('weights/utable.npy'),
    'words.json': text([
      ['a', 2],
      ['b', 3],
    ]),
    'captions.txt': raw('a\nb\n'),
    'punkt.json': text(PUNKT),
  }
  const bundle = await openBundle(
    blobFiles(new Map(Object.entries(blobs).map(([name, bytes]) => [name, new Blob([new Uint8Array(bytes)])])), 'file'),
  )
  for (const name of bundle.tensorNames) await bundle.tensor(name).read()
  for (const style of bundle.styles) await bundle.style(style)
  const { captions, vocabularies, punkt } = bundle.manifest
  if (captions !== undefined) await bundle.captions()
  if (vocabularies.decoder !== undefined) await bundle.decoderWords()
  if (vocabularies.embedding !== undefined) await bundle.embeddingWords()
  if (vocabularies['skip-thoughts'] !== undefined) await bundle.skipThoughtsWords()
  if (punkt !== undefined) await bundle.punkt()
}

/** Options, dictionaries and sentence splitters: the pickle is read, then what it stands for. */
async function readWordPickle(bytes: Uint8Array): Promise<void> {
  const contents = await openContents(memory(bytes))
  try {
    const { role, value } = contents
    if (role === 'options') readOptions(value, 'file')
    else if (role === 'dictionary') readDictionary(value, 'file')
    else readPunkt(value, 'file')
  } finally {
    await contents.close()
  }
}

async function readPicture(bytes: Uint8Array): Promise<void> {
  for (const compat of [false, true]) await decodePicture(bytes, 'file', { compat })
}

async function readTexts(bytes: Uint8Array): Promise<void> {
  const all: string[] = []
  for await (const caption of readCaptions(memory(bytes))) all.push(caption)
  await inspect(bytes)
  await readWords(memory(bytes), 90)
}

export const FORMATS: Readonly<Record<string, Format>> = {
  pickle: {
    seeds: async () => [
      ...['misc.p0', 'misc.p1', 'misc.p2', 'arrays.p0', 'arrays.p2', 'arrays.slow-p1'].map(name =>
        golden(`pickles-py2/${name}.pkl`),
      ),
      ...PYTHON3.values(),
    ],
    grammar: pickles,
    read: inspect,
  },
  words: {
    seeds: () =>
      goldens(
        'weights/romance.npz.pkl',
        'weights/uni_skip.npz.pkl',
        'pickles-py2/romance_dictionary.p2.pkl',
        'weights/coco_embedding.npz.dictionary.pkl',
      ),
    grammar: pickles,
    read: readWordPickle,
  },
  npy: {
    seeds: () =>
      goldens(
        ...['f4', 'f2', 'i8', 'v2', 'fortran', 'bigendian_f8', 'scalar', 'long_shape', 'unpadded_header'].map(
          name => `bad/good_${name}.npy`,
        ),
      ),
    grammar: npys,
    read: inspect,
  },
  'object-npy': { seeds: () => goldens('object-tables/utable.npy'), grammar: objectArrays, read: inspect },
  npz: {
    seeds: async () => [
      ...(await goldens(...['stored', 'deflate', 'zip64', 'data_descriptor'].map(name => `bad/good_${name}.npz`))),
      npz({ W: original('swift_style.npy') }),
    ],
    grammar: npzs,
    read: inspect,
  },
  caffemodel: {
    // The heads are near the beginning; the rest is numbers.
    seeds: async () =>
      (await goldens('weights/VGG_v1.caffemodel', 'weights/VGG_ILSVRC_19_layers.caffemodel')).map(bytes =>
        bytes.slice(0, 20_000),
      ),
    grammar: caffemodels,
    read: inspect,
  },
  hdf5: {
    seeds: async () => [...writtenHdf5(), golden('../hdf5/compact.h5'), golden('../hdf5/latest.h5')],
    grammar: fc.oneof(hdf5s, patchedHdf5(fc.constantFrom(...writtenHdf5(), golden('../hdf5/latest.h5')))),
    read: inspect,
  },
  text: {
    seeds: () => goldens('weights/dictionary.txt', 'bad/caps_crlf.txt', 'weights/coco_train_caps.txt'),
    grammar: texts,
    read: readTexts,
  },
  manifest: { seeds: async () => [text(MODEL)], grammar: changedJson(MODEL), read: readBundle },
  json: {
    seeds: async () => [text([-1, 5, 12]), text([['a', 2]]), text(PUNKT)],
    grammar: fc.oneof(lists, changedJson(PUNKT)),
    read: async bytes => {
      const readers = [
        () => parseIds(bytes, 83, 'file'),
        () => readWordIds(memory(bytes), 1),
        () => readPunktJson(memory(bytes)),
      ]
      // Each has its own idea of what is right; all of them must refuse in words.
      const outcomes = await Promise.allSettled(readers.map(async read => read()))
      for (const outcome of outcomes) if (outcome.status === 'rejected') await Promise.reject(outcome.reason)
    },
  },
  vectors: {
    seeds: () =>
      goldens('weights/swift_style.npy', 'bad/good_f8.npy', 'bad/good_fortran.npy', 'bad/good_bigendian.npy'),
    grammar: npys,
    read: async bytes => [decodeVectors(bytes, 'file'), decodeNpy(bytes, 'file')],
  },
  picture: { seeds: savedPictures, grammar: drawnPictures, read: readPicture },
}

/** What a format is fuzzed with: files from its grammar, and whole ones; half of them damaged. */
export async function inputsOf({ seeds, grammar }: Format): Promise<fc.Arbitrary<Uint8Array>> {
  const whole = fc.constantFrom(...(await seeds()))
  return fc.oneof(grammar, edited(grammar, 3), edited(whole), edited(whole))
}
