// The texts of kernels/*.wgsl for pages, which cannot read the folder: by name without `.wgsl`. Empty in the sources; the build puts
// a module of the same form, with every kernel, in its place (scripts/kernel-texts.mjs).

export const KERNEL_TEXTS: Readonly<Record<string, string>> = {}
