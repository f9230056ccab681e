/// What is trained, on what and how: all that decides the bits of the weights, and nothing about devices.
public struct Recipe: Sendable, Hashable {
  /// A name for people.
  public var name: String?
  /// `[model]`: the network.
  public var model: ModelRecipe
  /// `[data]`: the examples.
  public var data: DataRecipe
  /// `[optimizer]`: what a step does with the gradients.
  public var optimizer: OptimizerRecipe
  /// `[schedule]`: how the learning rate changes.
  public var schedule: ScheduleRecipe
  /// `[loss]`: what is made small.
  public var loss: LossRecipe
  /// `[training]`: batch, length, seed.
  public var training: TrainingRecipe

  /// A recipe from its parts.
  public init(
    name: String? = nil, model: ModelRecipe, data: DataRecipe, optimizer: OptimizerRecipe,
    schedule: ScheduleRecipe = ScheduleRecipe(), loss: LossRecipe = .crossEntropy(),
    training: TrainingRecipe
  ) {
    self.name = name
    self.model = model
    self.data = data
    self.optimizer = optimizer
    self.schedule = schedule
    self.loss = loss
    self.training = training
  }

  /// Reads a recipe file and applies the arguments of `--set` to it.
  public init(contentsOf path: String, overrides: [String] = []) throws(RecipeError) {
    var table = try RecipeTable(contentsOf: path)
    try table.apply(overrides)
    try self.init(table)
  }

  /// Parses a recipe; `file` is its name in messages.
  public init(
    text: String, format: RecipeFormat, file: String, overrides: [String] = []
  ) throws(RecipeError) {
    var table = try RecipeTable(text: text, format: format, file: file)
    try table.apply(overrides)
    try self.init(table)
  }

  /// Reads a recipe from its values; throws for the first that is missing, wrong or not known.
  public init(_ table: RecipeTable) throws(RecipeError) {
    let reader = RecipeReader(table)
    name = try reader.stringIfPresent("name")
    let model = try reader.table("model")
    let data = try reader.table("data")
    let optimizer = try reader.table("optimizer")
    let schedule = try reader.tableIfPresent("schedule")
    let loss = try reader.tableIfPresent("loss")
    let training = try reader.table("training")
    self.model = try ModelRecipe(model)
    self.data = try DataRecipe(data)
    self.optimizer = try OptimizerRecipe(optimizer)
    self.schedule = try ScheduleRecipe(schedule)
    self.loss = try LossRecipe(loss)
    self.training = try TrainingRecipe(training)
    try reader.finish()
    try self.schedule.check(schedule, against: self.optimizer, self.training)
    try self.data.check(data, against: self.model, model)
  }
}
