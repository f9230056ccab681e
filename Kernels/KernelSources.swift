/// The OpenCL C sources, one file per operation family, embedded in the binary.
public enum KernelFamily: String, CaseIterable, Sendable {
  case product
  case convolution
  case bias
  case relu
  case copy
  case maxPool = "max_pool"
  case crossEntropy = "cross_entropy"
  case sgd

  /// The whole source of the family: the common rules, then its file with its includes in place.
  public var source: String {
    Self.text(PackageResources.common_h) + "\n" + Self.expanded(Self.text(bytes))
  }

  /// Source of the family's elementary functions alone, for programs that measure them.
  public static var elementarySource: String {
    text(PackageResources.common_h) + "\n" + text(PackageResources.elementary_h)
  }

  private var bytes: [UInt8] {
    switch self {
    case .product: PackageResources.product_cl
    case .convolution: PackageResources.convolution_cl
    case .bias: PackageResources.bias_cl
    case .relu: PackageResources.relu_cl
    case .copy: PackageResources.copy_cl
    case .maxPool: PackageResources.max_pool_cl
    case .crossEntropy: PackageResources.cross_entropy_cl
    case .sgd: PackageResources.sgd_cl
    }
  }

  private static let headers: [String: [UInt8]] = [
    "tile.h": PackageResources.tile_h,
    "exact.h": PackageResources.exact_h,
    "elementary.h": PackageResources.elementary_h,
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Puts each included header in the place of its `#include` line; a driver has no folder to look in.
  private static func expanded(_ source: String) -> String {
    source.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let parts = line.split(separator: "\"")
      guard line.hasPrefix("#include"), parts.count == 2, let header = headers[String(parts[1])]
      else { return String(line) }
      return text(header)
    }.joined(separator: "\n")
  }
}
