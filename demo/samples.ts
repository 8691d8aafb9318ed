// The sample pictures that `npm start` tells of, by their files' names: one of each place and of each subject, at their best light.

import type { Scene } from './world/scene.ts'

export const SAMPLES: Readonly<Record<string, Scene>> = {
  harbour: { place: 'harbour', subject: 'woman', time: 'dusk', weather: 'clear', object: 'lantern', seed: 211 },
  beach: { place: 'beach', subject: 'elephant', time: 'noon', weather: 'clear', object: 'umbrella', seed: 105 },
  forest: { place: 'forest', subject: 'child', time: 'dawn', weather: 'clear', object: 'balloon', seed: 103 },
  desert: { place: 'desert', subject: 'cat', time: 'dusk', weather: 'clear', object: 'suitcase', seed: 108 },
  city: { place: 'city', subject: 'man', time: 'night', weather: 'rain', object: 'umbrella', seed: 104 },
  mountain: { place: 'mountain', subject: 'horse', time: 'dawn', weather: 'snow', object: 'basket', seed: 102 },
  meadow: { place: 'meadow', subject: 'flamingo', time: 'noon', weather: 'clear', object: 'kite', seed: 109 },
  castle: { place: 'castle', subject: 'dog', time: 'night', weather: 'clear', object: 'lantern', seed: 206 },
}
