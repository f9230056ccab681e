extension Trainer {
  /// Everything that a trainer needs to continue from here with the same bits, on any devices.
  ///
  /// Read from a device; where none is left it is computed on the host. `weights()` compares all devices.
  public func state() throws -> TrainingState {
    TrainingState(
      engine.state(), layout: layout, step: stepCount, scales: scales, identity: identity,
      optimizer: configuration.optimizer.optimizer)
  }
}
