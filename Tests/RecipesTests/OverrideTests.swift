import Recipes
import Testing

@Suite("Overrides")
struct OverrideTests {
  @Test(
    "a value is TOML where it is TOML, else a string",
    arguments: [
      ("a.b=3e-4", RecipeValue.Content.number(3e-4)), ("a.b=12", .integer(12)),
      ("a.b=true", .boolean(true)), ("a.b=adamw", .string("adamw")), ("a.b='12'", .string("12")),
      ("a.b= \"x y\" ", .string("x y")), ("a.b=", .string("")), ("a.b=x=y", .string("x=y")),
      ("a.b=2024-01-01", .string("2024-01-01")), ("a.b=1\nc=2", .string("1\nc=2")),
      ("a.b=data/my file.txt", .string("data/my file.txt")), ("a.b=#1", .string("#1")),
    ])
  func values(argument: String, content: RecipeValue.Content) throws {
    let override = try RecipeOverride(argument)
    #expect(override.path == ["a", "b"])
    #expect(override.value.content == content)
    #expect(override.value.location == RecipeLocation(override: argument))
  }

  @Test("an override changes a key of the file, adds one, and adds a table")
  func sets() throws {
    let recipe = try TestRecipe().read(
      "optimizer.learning_rate=3e-4", "optimizer.momentum=0.5", "schedule.name=cosine",
      "data.image=[16, 24, 1]", "name=night run", "schedule.warmup_steps=5")
    #expect(recipe.name == "night run")
    #expect(recipe.optimizer == OptimizerRecipe(.sgd(momentum: 0.5), learningRate: 3e-4))
    #expect(recipe.schedule == ScheduleRecipe(.cosine(), warmupSteps: 5))
    #expect(recipe.data.image == ImageSize(height: 16, width: 24, channels: 1))
  }

  @Test("another optimizer by an override: what the file says of the old one means nothing")
  func otherKind() throws {
    let recipe = try TestRecipe().read(
      "optimizer.momentum=0.5", "optimizer.name=sgd", "schedule.name=cosine")
    #expect(recipe.optimizer.rule == .sgd(momentum: 0.5))
    let file = """
      [model]
      name = "lenet"
      [data]
      source = "digits"
      [optimizer]
      name = "sgd"
      momentum = 0.9
      learning_rate = 0.1
      [training]
      batch = 8
      grain = 8
      steps = 1
      """
    func optimizer(_ overrides: String...) throws -> OptimizerRecipe {
      try Recipe(text: file, format: .toml, file: "r.toml", overrides: overrides).optimizer
    }
    #expect(try optimizer("optimizer.name=adamw") == OptimizerRecipe(.adamw(), learningRate: 0.1))
    // What an override itself says must belong to the new kind.
    #expect(throws: RecipeError.self) {
      try optimizer("optimizer.name=adamw", "optimizer.nesterov=true")
    }
  }

  @Test("the last of several overrides of a key counts; a whole table can be set")
  func order() throws {
    let recipe = try TestRecipe().read(
      "training.seed=2", "training.seed=3", "optimizer={name = 'lion', learning_rate = 1e-4}")
    #expect(recipe.training.seed == 3)
    #expect(recipe.optimizer == OptimizerRecipe(.lion(), learningRate: 1e-4))
  }

  @Test("errors show the argument as it was written")
  func errors() {
    let recipe = TestRecipe()
    #expect(
      recipe.error("optimizer.learning_rate=fast")
        == "--set optimizer.learning_rate=fast: optimizer.learning_rate must be a number, but it is"
        + " the string \"fast\"")
    #expect(
      recipe.error("optimizer.momentun=0.9")
        == "--set optimizer.momentun=0.9: optimizer.momentun is not a known key; did you mean"
        + " momentum?")
    #expect(
      recipe.error("data.image=[1, 2, 0]")
        == "--set data.image=[1, 2, 0]: data.image[2] must be at least 1, but it is 0")
    #expect(
      recipe.error("model.name.x=1")
        == "--set model.name.x=1: model.name is the string \"lenet\", so nothing can be set in it")
    for argument in ["seed", "=3", "a..b=3", ".a=3", "a b=3"] {
      #expect(
        recipe.error(argument)
          == "--set \(argument): an override is written as key.path=value")
    }
  }
}
