/// One line of `--json`; fields that an event does not have are left out.
struct Event: Encodable {
  let event: String
  var model: String?
  var recipe: String?
  var replicas: [String]?
  var step: Int?
  var epoch: Int?
  var loss: Double?
  var accuracy: Double?
  var learningRate: Double?
  var examplesPerSecond: Double?
  var grains: [Int]?
  var heldOutLoss: Double?
  var heldOutAccuracy: Double?
  var heldOutPerplexity: Double?
  var folder: String?
  var same: Bool?
  var text: String?
  var weightsSHA256: String?

  enum CodingKeys: String, CodingKey {
    case event, model, recipe, replicas, step, epoch, loss, accuracy, learningRate
    case examplesPerSecond, grains, heldOutLoss, heldOutAccuracy, heldOutPerplexity, folder, same,
      text
    case weightsSHA256 = "weights_sha256"
  }

  init(_ event: String) { self.event = event }

  /// The same event with the measures of the held-out examples.
  func with(_ heldOut: Measures) -> Event {
    var event = self
    event.heldOutLoss = heldOut.loss
    event.heldOutAccuracy = heldOut.accuracy
    event.heldOutPerplexity = heldOut.perplexity
    return event
  }
}
