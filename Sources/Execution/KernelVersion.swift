import Foundation
import Kernels

/// Identifies the kernels that a binary holds.
public enum KernelVersion {
  /// The first 16 hexadecimal digits of the SHA-256 of all sources.
  public static let digest = SelfTest.digest(
    Data(KernelFamily.all.map(\.source).joined(separator: "\0").utf8))
}
