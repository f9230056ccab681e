import ArgumentParser
import Chorus

/// `chorus summary`.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Prints the layers of a recipe's network: shapes, parameters, operations.")

  @Argument(help: "A recipe: a file that ends in .toml or .yaml, or a name such as resnet18.")
  var recipe = "lenet"

  @Option(
    help: ArgumentHelp(
      "Change the recipe, as for chorus train; may be given again.", valueName: "key.path=value"))
  var set: [String] = []

  @Option(help: ArgumentHelp("The text or images, where the recipe does not name them."))
  var data: String?

  func run() throws {
    var chosen = try ChosenRecipe(recipe, overrides: set.map { try RecipeOverride($0) })
    // The network does not need the data itself, unless the data decides the classes.
    if let data { chosen.use(dataAt: data) } else { chosen.useSyntheticData() }
    let examples = try RecipeData(chosen.recipe).training
    let model = try chosen.recipe.model.model(
      input: examples.exampleShape, classes: chosen.recipe.model.classes ?? examples.classCount)
    Console.print(model.summaryText)
  }
}
