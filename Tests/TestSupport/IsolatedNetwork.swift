package import ComputeGraph

/// A network that a test and the processes of its replicas build alike.
package func isolatedNetwork() throws -> Graph {
  try Model(input: [28, 28, 1]) {
    Flatten()
    Linear(24)
    ReLU()
    Linear(10)
  }.graph()
}
