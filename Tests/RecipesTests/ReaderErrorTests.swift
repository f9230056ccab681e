import Recipes
import Testing

@Suite("Errors of keys and values")
struct ReaderErrorTests {
  @Test(
    "a wrong type names the key and what is there",
    arguments: [
      (#"learning_rate = "fast""#, #"learning_rate must be a number, but it is the string "fast""#),
      ("learning_rate = true", "learning_rate must be a number, but it is the boolean true"),
      ("learning_rate = inf", "learning_rate must be a finite number, but it is the number inf"),
      ("learning_rate = [1]", "learning_rate must be a number, but it is an array of 1"),
      (
        "learning_rate = 1\nnesterov = 1",
        "nesterov must be true or false, but it is the integer 1"
      ),
    ])
  func types(lines: String, expected: String) {
    let error = TestRecipe(optimizer: "name = \"sgd\"\n\(lines)").error()
    let line = 43 + lines.count { $0 == "\n" }
    #expect(error == "r.toml:\(line): optimizer.\(expected)")
  }

  @Test("a number is not an integer, a string not a choice, an element is told by its own line")
  func moreTypes() {
    #expect(
      TestRecipe(training: "batch = 32.5").error()
        == "r.toml:102: training.batch must be an integer, but it is the number 32.5")
    #expect(
      TestRecipe(model: "name = 3").error()
        == "r.toml:2: model.name must be a string, but it is the integer 3")
    #expect(
      TestRecipe(model: "name = \"perceptron\"\nwidths = [\n  512,\n  0,\n]").error()
        == "r.toml:5: model.widths[1] must be at least 1, but it is 0")
    #expect(
      TestRecipe(data: "source = \"digits\"\nimage = [32, 32]").error()
        == "r.toml:23: data.image must be an array of 3, but it is an array of 2")
    #expect(
      message { try Recipe(text: "model = 1", format: .toml, file: "r.toml") }
        == "r.toml:1: model must be a table, but it is the integer 1")
    #expect(
      TestRecipe(model: "name = \"\"").error() == "r.toml:2: model.name must not be empty")
  }

  @Test(
    "a value out of range tells the range",
    arguments: [
      ("learning_rate = 0", "learning_rate must be above 0, but it is 0"),
      ("momentum = 1\nlearning_rate = 1", "momentum must be at least 0 and below 1, but it is 1"),
      (
        "ema_decay = 1.5\nlearning_rate = 1", "ema_decay must be above 0 and below 1, but it is 1.5"
      ),
      (
        "weight_decay = -1e-3\nlearning_rate = 1",
        "weight_decay must be at least 0, but it is -0.001"
      ),
    ])
  func ranges(lines: String, expected: String) {
    #expect(
      TestRecipe(optimizer: "name = \"sgd\"\n\(lines)").error()
        == "r.toml:43: optimizer.\(expected)")
  }

  @Test("a closed range tells both ends")
  func closedRange() {
    #expect(
      TestRecipe(schedule: "name = \"one_cycle\"\nstart_factor = 2").error()
        == "r.toml:63: schedule.start_factor must be from 0 to 1, but it is 2")
  }

  @Test("a missing key names its table and the table's line")
  func missing() {
    #expect(
      TestRecipe(optimizer: "name = \"sgd\"").error()
        == "r.toml:41: learning_rate is missing from [optimizer]")
    #expect(
      TestRecipe(training: "batch = 8\ngrain = 4").error()
        == "r.toml:101: steps or epochs is missing from [training]")
    #expect(
      message { try Recipe(text: "[model]\nname = 'lenet'", format: .toml, file: "r.toml") }
        == "r.toml: data is missing")
  }

  @Test("an unknown choice names the nearest, where one is near, and all")
  func choices() {
    let all = "which is none of sgd, adam, adamw, lion"
    #expect(
      TestRecipe(optimizer: "name = \"adma\"").error()
        == "r.toml:42: optimizer.name is \"adma\", \(all); did you mean adam?")
    #expect(
      TestRecipe(optimizer: "name = \"shampoo\"").error()
        == "r.toml:42: optimizer.name is \"shampoo\", \(all)")
  }

  @Test("an unknown key names the nearest, where one is near, or all")
  func unknownKeys() {
    #expect(
      TestRecipe(optimizer: "name = \"sgd\"\nlearning_rate = 1\n\nmomentun = 0.9").error()
        == "r.toml:44: optimizer.momentun is not a known key; did you mean momentum?")
    #expect(
      TestRecipe(training: "batch = 8\ngrain = 4\nepochs = 1\nthreads = 3").error()
        == "r.toml:105: training.threads is not a known key; the keys of [training] are batch,"
        + " grain, steps, epochs, seed, evaluate_every, evaluation_examples")
    #expect(
      message {
        try Recipe(text: "\(TestRecipe().text)\n[devices]\n", format: .toml, file: "r.toml")
      }
        == "r.toml:105: devices is not a known key; the keys of a recipe are name, model, data,"
        + " optimizer, schedule, loss, training")
  }

  @Test("a misspelt key that must be there is told as misspelt, not as missing")
  func misspeltRequired() {
    #expect(
      TestRecipe(optimizer: "name = \"sgd\"\nlearnign_rate = 0.1").error()
        == "r.toml:43: optimizer.learnign_rate is not a known key; did you mean learning_rate?")
  }

  @Test("a key of another choice says whose it is")
  func keysOfOthers() {
    #expect(
      TestRecipe(optimizer: "name = \"adam\"\nlearning_rate = 1\nnesterov = true").error()
        == "r.toml:44: optimizer.nesterov is not used by adam, only by sgd")
    #expect(
      TestRecipe(model: "name = \"gpt\"\nstem = \"cifar\"").error()
        == "r.toml:3: model.stem is not used by gpt, only by resnet18, resnet34, resnet50,"
        + " mobilenet_v2")
    #expect(
      TestRecipe(loss: "delta = 1").error()
        == "r.toml:82: loss.delta is not used by cross_entropy, only by huber")
  }
}
