public import ComputeGraph
import Datasets
public import Recipes

/// The examples of a recipe: what to learn from and what to measure with.
public struct RecipeData: Sendable {
  /// What the data is called in reports.
  public let name: String
  /// The examples to learn from, and others to measure with.
  public let training: any ExampleSource, heldOut: any ExampleSource
  /// The characters of a text, in the order of their tokens; nil for other data.
  public let vocabulary: [Character]?

  /// Reads, draws or makes the data of a recipe.
  ///
  /// - Parameter recipe: The recipe; its seed draws digits and synthetic examples.
  /// - Throws: `DatasetError`, for files that cannot be used.
  public init(_ recipe: Recipe) throws {
    let heldOut: any ExampleSource
    switch recipe.data.source {
    case .digits(let examples):
      let trainingCount = recipe.data.trainingCount(of: examples)
      let drawn = DrawnDigits.make(
        seed: recipe.training.seed, trainingCount: trainingCount,
        heldOutCount: examples - trainingCount)
      let fitted = try Self.fitted(drawn, recipe.data.image)
      (name, training, heldOut, vocabulary) = (fitted.name, fitted.training, fitted.heldOut, nil)
    case .mnist(let path):
      guard let path else {
        throw DatasetError(
          problem: "the recipe has no path for MNIST", remedy: "give the folder with --data")
      }
      let fitted = try Self.fitted(MNIST.load(directory: path), recipe.data.image)
      (name, training, heldOut, vocabulary) = (fitted.name, fitted.training, fitted.heldOut, nil)
    case .text(let path):
      guard let path else {
        throw DatasetError(
          problem: "the recipe has no path for its text", remedy: "give the file with --data")
      }
      let text = try CharacterText(
        file: path, context: recipe.model.context, trainingShare: recipe.data.trainingShare)
      (name, training, heldOut) = (path, text.training, text.heldOut)
      vocabulary = text.vocabulary
    case .synthetic(let examples):
      let shapes = recipe.syntheticShapes
      let trainingCount = recipe.data.trainingCount(of: examples)
      name = "synthetic examples"
      training = SyntheticExamples(
        count: trainingCount, seed: recipe.training.seed, shape: shapes.example,
        element: shapes.element,
        targetShape: shapes.target, classCount: shapes.classes)
      heldOut = SyntheticExamples(
        count: examples - trainingCount, seed: recipe.training.seed &+ 1, shape: shapes.example,
        element: shapes.element, targetShape: shapes.target, classCount: shapes.classes)
      vocabulary = nil
    }
    self.heldOut =
      recipe.training.evaluationExamples.map { FirstExamples(heldOut, count: $0) } ?? heldOut
  }

  private static func fitted(
    _ data: TrainingData<LabelledImages>, _ size: ImageSize?
  ) throws -> TrainingData<LabelledImages> {
    guard let size else { return data }
    return try data.fitted(height: size.height, width: size.width, channels: size.channels)
  }
}

extension DataRecipe {
  /// How many of the examples are trained on: at least one, and at least one is held out.
  fileprivate func trainingCount(of examples: Int) -> Int {
    min(max(1, Int((Double(examples) * trainingShare).rounded())), examples - 1)
  }
}

extension ModelRecipe {
  /// Tokens of an example of a text; 0 for networks that read none.
  public var context: Int {
    if case .gpt(let gpt) = architecture { gpt.context } else { 0 }
  }
}

extension Recipe {
  /// What synthetic examples are to look like; the recipe has been checked to say so.
  fileprivate var syntheticShapes:
    (example: Shape, element: Tensor.Element, target: Shape, classes: Int)
  {
    if case .gpt(let gpt) = model.architecture {
      return ([gpt.context], .int, [gpt.context], gpt.vocabulary ?? 1)
    }
    let size = data.image ?? ImageSize(height: 28, width: 28, channels: 1)
    return ([size.height, size.width, size.channels], .float, [], model.classes ?? 10)
  }
}

/// The first examples of a source.
struct FirstExamples: ExampleSource {
  private let source: any ExampleSource
  let count: Int

  init(_ source: any ExampleSource, count: Int) {
    self.source = source
    self.count = min(count, source.count)
  }

  var exampleShape: Shape { source.exampleShape }
  var exampleElement: Tensor.Element { source.exampleElement }
  var targetShape: Shape { source.targetShape }
  var targetElement: Tensor.Element { source.targetElement }
  var classCount: Int { source.classCount }

  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    source.gather(indices, examples: examples, targets: targets)
  }
}
