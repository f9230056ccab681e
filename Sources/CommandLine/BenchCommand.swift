import ArgumentParser

/// `chorus bench`.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures training, or a part of it, or the devices.",
    discussion: """
      `chorus bench lenet` is `chorus bench train lenet`. Everything is verified before it is timed; what is compared \
      takes turns; the figures are medians. benchmarks/README.md states the method.
      """,
    subcommands: [TrainBench.self, DeviceBench.self, ReduceBench.self, SoakBench.self],
    defaultSubcommand: TrainBench.self)
}
