import Chorus
import Foundation

/// What `summary.json` holds.
struct Summary: Encodable {
  struct Configuration: Encodable {
    let model: String
    let data: String
    let trainingExamples: Int
    let heldOutExamples: Int
    let batch: Int
    let grain: Int
    let epochs: Double
    let steps: Int
    let seed: UInt64
    let optimizer: String
    let learningRate: Float
    let momentum: Float
    let devices: String
    let split: String
    let mode: String
  }

  struct Replica: Encodable {
    let name: String
    let index: Int
    let device: String
    let platform: String
    let driver: String
    let computeUnits: Int
    /// Grains computed in all.
    let grains: Int
    /// Mean examples per second while it computed.
    let examplesPerSecond: Double
  }

  struct Timings: Encodable {
    let prepareSeconds: Double
    let trainingSeconds: Double
    let examplesPerSecond: Double
  }

  struct HeldOut: Encodable {
    let examples: Int
    let loss: Double
    let accuracy: Double
  }

  let configuration: Configuration
  let versions: [String: String]
  let devices: [Replica]
  /// Mean loss of each step, before its update.
  let lossCurve: [Double]
  /// Held-out results after each epoch.
  let epochs: [HeldOut]
  let heldOut: HeldOut
  let timings: Timings
  let parameters: Int
  let interrupted: Bool
  let weightsSHA256: String

  enum CodingKeys: String, CodingKey {
    case configuration, versions, devices, lossCurve, epochs, heldOut, timings, parameters,
      interrupted
    case weightsSHA256 = "weights_sha256"
  }
}

extension Summary.HeldOut {
  init(_ evaluation: Evaluation) {
    self.init(
      examples: evaluation.examples, loss: evaluation.loss, accuracy: evaluation.accuracy)
  }
}
