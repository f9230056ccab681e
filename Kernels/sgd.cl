// Stochastic gradient descent with momentum, on one bucket of parameters.

#define BLOCK 4096

// velocity = momentum * velocity + gradient * inverse; weight = weight - rate * velocity.
// gradient is the sum over the global batch, inverse is 1 / examples. One work-item per BLOCK elements.
kernel void sgd_update(
    global float* restrict weights,         // [count]
    global float* restrict velocities,      // [count]
    global const float* restrict gradients, // [count]
    int count, float rate, float momentum, float inverse) {
  const int first = (int)get_global_id(0) * BLOCK;
  for (int i = first; i < min(first + BLOCK, count); ++i) {
    const float velocity = fma(momentum, velocities[i], gradients[i] * inverse);
    velocities[i] = velocity;
    weights[i] = fma(-rate, velocity, weights[i]);
  }
}
