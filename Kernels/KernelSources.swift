/// The OpenCL C sources, one file per operation family, embedded in the binary.
public struct KernelFamily: Sendable, Hashable {
  /// Name of the file, without its ending.
  public let name: String
  /// The whole source of the family: the common rules, then its file with its includes in place.
  public let source: String

  private init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    var included: Set<String> = []
    source =
      Self.expanded(Self.text(PackageResources.common_h), &included) + "\n"
      + Self.expanded(Self.text(bytes), &included)
  }

  /// The family whose file holds a kernel.
  public init?(ofKernel kernel: String) {
    guard let family = Self.families[kernel] else { return nil }
    self = family
  }

  /// Every family, in the order of their names.
  public static let all: [KernelFamily] = [
    KernelFamily("attention", PackageResources.attention_cl),
    KernelFamily("attention_gpu", PackageResources.attention_gpu_cl),
    KernelFamily("batch_norm", PackageResources.batch_norm_cl),
    KernelFamily("batch_norm_gpu", PackageResources.batch_norm_gpu_cl),
    KernelFamily("bias", PackageResources.bias_cl),
    KernelFamily("bias_gpu", PackageResources.bias_gpu_cl),
    KernelFamily("convolution", PackageResources.convolution_cl),
    KernelFamily("convolution_gpu", PackageResources.convolution_gpu_cl),
    KernelFamily("cross_entropy", PackageResources.cross_entropy_cl),
    KernelFamily("cross_entropy_gpu", PackageResources.cross_entropy_gpu_cl),
    KernelFamily("depthwise", PackageResources.depthwise_cl),
    KernelFamily("depthwise_gpu", PackageResources.depthwise_gpu_cl),
    KernelFamily("elementwise", PackageResources.elementwise_cl),
    KernelFamily("elementwise_gpu", PackageResources.elementwise_gpu_cl),
    KernelFamily("embedding", PackageResources.embedding_cl),
    KernelFamily("embedding_gpu", PackageResources.embedding_gpu_cl),
    KernelFamily("filter_layouts_gpu", PackageResources.filter_layouts_gpu_cl),
    KernelFamily("filters", PackageResources.filters_cl),
    KernelFamily("filters_gpu", PackageResources.filters_gpu_cl),
    KernelFamily("grain_sums", PackageResources.grain_sums_cl),
    KernelFamily("group_norm", PackageResources.group_norm_cl),
    KernelFamily("group_norm_gpu", PackageResources.group_norm_gpu_cl),
    KernelFamily("layer_norm", PackageResources.layer_norm_cl),
    KernelFamily("layer_norm_gpu", PackageResources.layer_norm_gpu_cl),
    KernelFamily("moves", PackageResources.moves_cl),
    KernelFamily("moves_gpu", PackageResources.moves_gpu_cl),
    KernelFamily("optimizer", PackageResources.optimizer_cl),
    KernelFamily("optimizer_gpu", PackageResources.optimizer_gpu_cl),
    KernelFamily("pool", PackageResources.pool_cl),
    KernelFamily("pool_gpu", PackageResources.pool_gpu_cl),
    KernelFamily("product", PackageResources.product_cl),
    KernelFamily("product_gpu", PackageResources.product_gpu_cl),
    KernelFamily("regression", PackageResources.regression_cl),
    KernelFamily("regression_gpu", PackageResources.regression_gpu_cl),
    KernelFamily("rope", PackageResources.rope_cl),
    KernelFamily("rope_gpu", PackageResources.rope_gpu_cl),
    KernelFamily("softmax", PackageResources.softmax_cl),
    KernelFamily("softmax_gpu", PackageResources.softmax_gpu_cl),
    KernelFamily("transpose_gpu", PackageResources.transpose_gpu_cl),
    KernelFamily("winograd", PackageResources.winograd_cl),
    KernelFamily("winograd_filters", PackageResources.winograd_filters_cl),
    KernelFamily("winograd_filters_gpu", PackageResources.winograd_filters_gpu_cl),
    KernelFamily("winograd_gpu", PackageResources.winograd_gpu_cl),
  ]

  /// Names of all kernels.
  public static var kernelNames: [String] { families.keys.sorted() }

  /// Sources of the elementary functions alone, for programs that measure them.
  public static let elementarySource: String = {
    var included: Set<String> = []
    return expanded(text(PackageResources.common_h), &included) + "\n"
      + expanded("#include \"activation.h\"\n#include \"philox.h\"\n", &included)
  }()

  /// Source of the kernels that measure a device's limits, which no training uses.
  public static let peakSource: String = {
    var included: Set<String> = []
    return expanded(text(PackageResources.common_h), &included) + "\n"
      + expanded(text(PackageResources.peak_cl), &included)
  }()

  private static let families: [String: KernelFamily] = {
    var families: [String: KernelFamily] = [:]
    for family in all {
      for name in family.kernelNames { families[name] = family }
    }
    return families
  }()

  /// The kernels of the family's file: each is wrapped in a line that names it.
  private var kernelNames: [String] {
    let marker = "#if defined(BUILD_ALL) || defined(BUILD_".utf8
    return Self.lines(source).compactMap { line in
      guard line.utf8.starts(with: marker) else { return nil }
      return String(Substring(line.utf8.dropFirst(marker.count).prefix { $0 != UInt8(ascii: ")") }))
    }
  }

  private static let headers: [String: [UInt8]] = [
    "activation.h": PackageResources.activation_h,
    "attention.h": PackageResources.attention_h,
    "attention_group.h": PackageResources.attention_group_h,
    "elementary.h": PackageResources.elementary_h,
    "exact.h": PackageResources.exact_h,
    "exact_lanes.h": PackageResources.exact_lanes_h,
    "group.h": PackageResources.group_h,
    "lanes.h": PackageResources.lanes_h,
    "optimizer.h": PackageResources.optimizer_h,
    "philox.h": PackageResources.philox_h,
    "pool.h": PackageResources.pool_h,
    "regression.h": PackageResources.regression_h,
    "roots.h": PackageResources.roots_h,
    "row.h": PackageResources.row_h,
    "row_lanes.h": PackageResources.row_lanes_h,
    "single.h": PackageResources.single_h,
    "statistics.h": PackageResources.statistics_h,
    "strided.h": PackageResources.strided_h,
    "tail.h": PackageResources.tail_h,
    "tile.h": PackageResources.tile_h,
    "transpose.h": PackageResources.transpose_h,
    "winograd.h": PackageResources.winograd_h,
    "winograd_group.h": PackageResources.winograd_group_h,
  ]

  /// By bytes: by characters it took a third of a second of every start.
  private static func lines(_ source: String) -> [Substring] {
    source.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map(Substring.init)
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Puts each included header in the place of its first `#include` line; a driver has no folder to look in.
  private static func expanded(_ source: String, _ included: inout Set<String>) -> String {
    var result: [String] = []
    for line in lines(source) {
      // For compilers that read the headers as files.
      if line == "#pragma once" { continue }
      guard line.utf8.starts(with: "#include".utf8) else {
        result.append(String(line))
        continue
      }
      let parts = line.split(separator: "\"")
      guard parts.count == 2, let header = headers[String(parts[1])]
      else {
        result.append(String(line))
        continue
      }
      guard included.insert(String(parts[1])).inserted else { continue }
      result.append(expanded(text(header), &included))
    }
    return result.joined(separator: "\n")
  }
}
