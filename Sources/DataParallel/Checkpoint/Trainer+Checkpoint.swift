extension Trainer {
  /// Everything that a trainer needs to continue from here with the same bits, on any devices.
  ///
  /// Read from the devices and compared, as by `weights()`.
  public func state() -> TrainingState {
    TrainingState(
      engine.state(), layout: layout, step: stepCount, scales: scales, identity: identity,
      optimizer: configuration.optimizer.optimizer)
  }
}
