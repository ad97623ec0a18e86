// What the caller of the CPU asked for and cannot have.

export class CpuConfigurationError extends Error {
  override readonly name = "CpuConfigurationError";
}
