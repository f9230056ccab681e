import Recipes
import Testing

@Suite("Rules between keys")
struct SchemaTests {
  @Test("the batch must be a multiple of the grain")
  func grain() {
    #expect(
      TestRecipe(training: "batch = 30\ngrain = 4\nsteps = 1").error()
        == "r.toml:102: training.batch must be a multiple of training.grain (4), but it is 30;"
        + " the nearest are 28 and 32")
    #expect(
      TestRecipe(training: "batch = 3\ngrain = 4\nsteps = 1").error()
        == "r.toml:102: training.batch must be a multiple of training.grain (4), but it is 3;"
        + " the nearest is 4")
  }

  @Test("steps and epochs exclude each other; the command line's takes the place of the file's")
  func length() throws {
    let both = TestRecipe(training: "batch = 8\ngrain = 4\nsteps = 1\nepochs = 2")
    #expect(
      both.error()
        == "r.toml:105: training.epochs cannot be given beside training.steps (r.toml:104); keep one"
    )
    #expect(try TestRecipe().read("training.epochs=3").training.length == .epochs(3))
    #expect(
      TestRecipe().error("training.epochs=3", "training.steps=9")
        == "--set training.epochs=3: training.epochs cannot be given beside training.steps (--set"
        + " training.steps=9); keep one")
  }

  @Test("the schedule fits the rate and the steps")
  func schedule() {
    #expect(
      TestRecipe(schedule: "warmup_steps = 100").error()
        == "r.toml:62: schedule.warmup_steps must be below training.steps (100), but it is 100")
    #expect(
      TestRecipe(schedule: "name = \"cosine\"\nminimum_rate = 0.5").error()
        == "r.toml:63: schedule.minimum_rate must be at most optimizer.learning_rate (0.1), but it"
        + " is 0.5")
  }

  @Test("Nesterov's momentum needs momentum")
  func nesterov() {
    #expect(
      TestRecipe().error("optimizer.nesterov=true")
        == "--set optimizer.nesterov=true: optimizer.nesterov needs a momentum above 0")
  }

  @Test("heads divide the width, key heads the heads, patches the image")
  func transformers() {
    let gpt = "name = \"gpt\"\nlayers = 1\nwidth = 36\ncontext = 8"
    #expect(
      TestRecipe(model: "\(gpt)\nheads = 5").error()
        == "r.toml:6: model.heads must divide model.width (36), but it is 5")
    #expect(
      TestRecipe(model: "\(gpt)\nheads = 4\nkv_heads = 3").error()
        == "r.toml:7: model.kv_heads must divide model.heads (4), but it is 3")
    #expect(
      TestRecipe(model: "\(gpt)\nheads = 4\npositions = \"rotary\"").error()
        == "r.toml:7: model.positions cannot be rotary with heads of 9 features; rotary needs an"
        + " even number")
    #expect(
      TestRecipe(
        model: "name = \"vit\"\npatch = 5\nlayers = 1\nheads = 1\nwidth = 8",
        data: "source = \"digits\"\nimage = [32, 30, 3]"
      ).error() == "r.toml:3: model.patch must divide the image of 32 x 30, but it is 5")
  }

  @Test("the data is of the kind that the model takes")
  func data() {
    let gpt = "name = \"gpt\"\nlayers = 1\nheads = 4\nwidth = 36\ncontext = 8"
    #expect(
      TestRecipe(model: gpt).error()
        == "r.toml:22: data.source has no text for gpt; choose text or synthetic")
    #expect(
      TestRecipe(data: "source = \"text\"").error()
        == "r.toml:22: data.source has no images for lenet; choose digits, mnist or synthetic")
    #expect(
      TestRecipe(model: gpt, data: "source = \"synthetic\"").error()
        == "r.toml:1: vocabulary is missing from [model], and synthetic data does not tell it")
    #expect(
      TestRecipe(model: "\(gpt)\nvocabulary = 9", data: "source = \"synthetic\"\nimage = [1, 1, 1]")
        .error() == "r.toml:23: data.image is not used by gpt")
    #expect(
      TestRecipe(data: "source = \"synthetic\"").error()
        == "r.toml:1: classes is missing from [model], and synthetic data does not tell it")
    #expect(
      TestRecipe(model: "name = \"lenet\"\nclasses = 3", data: "source = \"synthetic\"").error()
        == "r.toml:21: image is missing from [data], and synthetic data does not tell it")
  }

  @Test("what is left out has its default")
  func defaults() throws {
    let expected = Recipe(
      model: ModelRecipe(.lenet), data: DataRecipe(.digits()),
      optimizer: OptimizerRecipe(.sgd(), learningRate: 0.1),
      training: TrainingRecipe(batch: 32, grain: 4, length: .steps(100)))
    #expect(try TestRecipe().read() == expected)
  }

  @Test("every option of a kind is read by that kind: none is refused or unknown")
  func options() throws {
    let values = [
      "widths": "[3, 5]", "stem": "'cifar'", "width": "8", "classes": "7", "layers": "2",
      "heads": "4", "kv_heads": "2", "context": "6", "vocabulary": "11",
      "activation": "'gelu_tanh'", "positions": "'rotary'", "norm": "'rms'", "tied": "false",
      "patch": "2", "momentum": "0.5", "nesterov": "true", "betas": "[0.5, 0.6]",
      "epsilon": "1e-3", "warmup_steps": "5", "every": "9", "factor": "0.5",
      "minimum_rate": "0.01", "warmup_share": "0.2", "start_factor": "0.1",
      "label_smoothing": "0.1", "ignored_index": "-100", "delta": "2", "examples": "64",
      "image": "[6, 10, 3]", "training_share": "0.5", "path": "'file'",
    ]
    func lines(_ kind: some RecipeKind, _ key: String = "name") -> String {
      ["\(key) = '\(kind.rawValue)'"].appending(
        kind.options.map { "\($0) = \(values[$0] ?? "")" }
      ).joined(separator: "\n")
    }
    for kind in ModelKind.allCases {
      let source = kind == .gpt ? "source = 'text'" : "source = 'digits'"
      #expect(TestRecipe(model: lines(kind), data: source).error() == nil)
    }
    for kind in OptimizerKind.allCases {
      #expect(TestRecipe(optimizer: lines(kind) + "\nlearning_rate = 0.1").error() == nil)
    }
    for kind in ScheduleKind.allCases {
      #expect(TestRecipe(schedule: lines(kind)).error() == nil)
    }
    for kind in LossKind.allCases { #expect(TestRecipe(loss: lines(kind)).error() == nil) }
    for kind in [DataKind.digits, .mnist, .synthetic] {
      let model = "name = 'lenet'\nclasses = 5"
      #expect(TestRecipe(model: model, data: lines(kind, "source")).error() == nil)
    }
  }
}

extension [String] {
  fileprivate func appending(_ others: [String]) -> [String] { self + others }
}
