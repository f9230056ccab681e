import Chorus
import Foundation

@main struct Main {
  static func main() throws {
    let t = ContinuousClock.now
    let graph = ProcessInfo.processInfo.arguments.contains("mlp") ? try Graph.mlp() : try Graph.lenet()
    let mlp = ProcessInfo.processInfo.arguments.contains("mlp")
    let devices = try Platform.all().flatMap { try $0.devices() }
    print(devices)
    let data = try MNIST.load(directory: "../shared/data/mnist")
    let c = try TrainerConfiguration(graph: graph, batch: mlp ? 256 : 128, grain: mlp ? 32 : 16, seed: 1, optimizer: .init(rate: 0.02))
    let trainer = try Trainer(c, source: data.training, participants: [Participant(device: devices[0], name: "0")])
    print("ready", ContinuousClock.now - t)
    for _ in 0..<(mlp ? 140 : 70) {
      let r = try trainer.step()
      if r.step % 10 == 9 { print(r.step, r.loss, Double(r.examples) / r.seconds, r.replicaSeconds, r.seconds) }
    }
    print(try trainer.evaluate(data.heldOut), try trainer.weights().sha256)
  }
}
