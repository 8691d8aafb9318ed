// Counts of workgroups that exceed one dimension. Pure.

/** `count` workgroups as [x, y, 1] within 65,535 a dimension; kernels use `group.y * groups.x + group.x` and return past the end. */
export function fold(count: number): [number, number, number] {
  const limit = 65535
  if (count <= limit) return [count, 1, 1]
  const y = Math.ceil(count / limit)
  return [Math.ceil(count / y), y, 1]
}
