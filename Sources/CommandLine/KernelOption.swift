import ArgumentParser
import Chorus

/// `--kernels`: how kernels are written.
enum KernelOption: String, CaseIterable, ExpressibleByArgument {
  case auto, cpu, gpu

  /// The variant that was asked for; nil for what suits each device.
  var variant: KernelVariant? {
    switch self {
    case .auto: nil
    case .cpu: .cpu
    case .gpu: .gpu
    }
  }
}
