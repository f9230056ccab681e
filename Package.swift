// swift-tools-version: 6.2

import PackageDescription

/// The language rules of every target: Swift 6 mode, warnings as errors, explicit existentials and imports.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "Chorus",
  products: [
    .library(name: "Chorus", targets: ["Chorus"]),
    .executable(name: "chorus", targets: ["CommandLine"]),
    .library(name: "FaultLayer", type: .dynamic, targets: ["FaultLayer"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // C interfaces.
    .target(name: "COpenCL", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CCLBlast", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CReduce"),
    .target(name: "CScheduling"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Layers, lowest first: an import goes down only.
    .target(
      name: "Kernels", path: "Kernels",
      resources: [
        .embedInCode("activation.h"),
        .embedInCode("attention.cl"),
        .embedInCode("attention.h"),
        .embedInCode("attention_gpu.cl"),
        .embedInCode("attention_group.h"),
        .embedInCode("batch_norm.cl"),
        .embedInCode("batch_norm_gpu.cl"),
        .embedInCode("bias.cl"),
        .embedInCode("bias_gpu.cl"),
        .embedInCode("common.h"),
        .embedInCode("convolution.cl"),
        .embedInCode("convolution_gpu.cl"),
        .embedInCode("cross_entropy.cl"),
        .embedInCode("cross_entropy_gpu.cl"),
        .embedInCode("depthwise.cl"),
        .embedInCode("depthwise_gpu.cl"),
        .embedInCode("elementary.h"),
        .embedInCode("elementwise.cl"),
        .embedInCode("elementwise_gpu.cl"),
        .embedInCode("embedding.cl"),
        .embedInCode("embedding_gpu.cl"),
        .embedInCode("exact.h"),
        .embedInCode("exact_lanes.h"),
        .embedInCode("filter_layouts_gpu.cl"),
        .embedInCode("filters.cl"),
        .embedInCode("filters_gpu.cl"),
        .embedInCode("grain_sums.cl"),
        .embedInCode("group.h"),
        .embedInCode("group_norm.cl"),
        .embedInCode("group_norm_gpu.cl"),
        .embedInCode("lanes.h"),
        .embedInCode("layer_norm.cl"),
        .embedInCode("layer_norm_gpu.cl"),
        .embedInCode("moves.cl"),
        .embedInCode("moves_gpu.cl"),
        .embedInCode("optimizer.cl"),
        .embedInCode("optimizer.h"),
        .embedInCode("optimizer_gpu.cl"),
        .embedInCode("peak.cl"),
        .embedInCode("philox.h"),
        .embedInCode("pool.cl"),
        .embedInCode("pool.h"),
        .embedInCode("pool_gpu.cl"),
        .embedInCode("product.cl"),
        .embedInCode("product_gpu.cl"),
        .embedInCode("regression.cl"),
        .embedInCode("regression.h"),
        .embedInCode("regression_gpu.cl"),
        .embedInCode("roots.h"),
        .embedInCode("rope.cl"),
        .embedInCode("rope_gpu.cl"),
        .embedInCode("row.h"),
        .embedInCode("row_lanes.h"),
        .embedInCode("single.h"),
        .embedInCode("softmax.cl"),
        .embedInCode("softmax_gpu.cl"),
        .embedInCode("statistics.h"),
        .embedInCode("strided.h"),
        .embedInCode("tail.h"),
        .embedInCode("tile.h"),
        .embedInCode("transpose.h"),
        .embedInCode("transpose_gpu.cl"),
        .embedInCode("winograd.cl"),
        .embedInCode("winograd.h"),
        .embedInCode("winograd_filters.cl"),
        .embedInCode("winograd_filters_gpu.cl"),
        .embedInCode("winograd_gpu.cl"),
        .embedInCode("winograd_group.h"),
      ], swiftSettings: strict),
    .target(name: "OpenCL", dependencies: ["COpenCL"], swiftSettings: strict),
    .target(name: "CLBlast", dependencies: ["OpenCL", "CCLBlast"], swiftSettings: strict),
    .target(name: "ComputeGraph", swiftSettings: strict),
    .target(name: "Coordination", swiftSettings: strict),
    .target(name: "Timeline", swiftSettings: strict),
    .target(
      name: "Execution",
      dependencies: [
        "ComputeGraph", "OpenCL", "Kernels",
        .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: strict),
    .target(name: "Recipes", dependencies: ["TOMLKit", "Yams"], swiftSettings: strict),
    .target(name: "Datasets", dependencies: ["ComputeGraph", "CZlib"], swiftSettings: strict),
    .target(
      name: "DataParallel",
      dependencies: [
        "CReduce", "CScheduling", "ComputeGraph", "Coordination", "Execution", "OpenCL", "Timeline",
        .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: strict),
    .target(
      name: "RecipeFiles", path: "recipes",
      resources: [
        .embedInCode("gpt.toml"),
        .embedInCode("gpt2-124m.yaml"),
        .embedInCode("lenet.toml"),
        .embedInCode("mobilenet_v2.toml"),
        .embedInCode("perceptron.toml"),
        .embedInCode("resnet18.toml"),
        .embedInCode("resnet34.toml"),
        .embedInCode("resnet50-cifar.yaml"),
        .embedInCode("resnet50.toml"),
        .embedInCode("vit-tiny.toml"),
      ], swiftSettings: strict),
    .target(
      name: "Chorus",
      dependencies: [
        "ComputeGraph", "OpenCL", "Execution", "Coordination", "Datasets", "DataParallel",
        "Recipes",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "CommandLine",
      dependencies: [
        "Chorus", "RecipeFiles", "Timeline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    // Tests mirror the modules.
    .target(
      name: "TestSupport", dependencies: ["ComputeGraph", "Execution", "OpenCL"],
      path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "OpenCLTests", dependencies: ["OpenCL"], swiftSettings: strict),
    .testTarget(
      name: "CoordinationTests", dependencies: ["Coordination"], swiftSettings: strict),
    .testTarget(name: "TimelineTests", dependencies: ["Timeline"], swiftSettings: strict),
    .testTarget(name: "CLBlastTests", dependencies: ["CLBlast", "OpenCL"], swiftSettings: strict),
    .testTarget(
      name: "ComputeGraphTests", dependencies: ["ComputeGraph", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: strict),
    .testTarget(
      name: "ChorusTests", dependencies: ["Chorus", "ComputeGraph"], swiftSettings: strict),
    .testTarget(name: "RecipesTests", dependencies: ["Recipes"], swiftSettings: strict),
    .testTarget(
      name: "DatasetsTests", dependencies: ["ComputeGraph", "Datasets"], swiftSettings: strict),
    .executableTarget(
      name: "OclgrindProbe", dependencies: ["ComputeGraph", "Execution", "OpenCL"],
      path: "Tests/OclgrindProbe", swiftSettings: strict),
    .executableTarget(
      name: "AbortingReplica", dependencies: ["COpenCL", "Chorus", "ComputeGraph", "TestSupport"],
      path: "Tests/AbortingReplica", swiftSettings: strict),
    .testTarget(
      name: "ExecutionTests",
      dependencies: [
        "ComputeGraph", "Execution", "Kernels", "OclgrindProbe", "OpenCL", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "DataParallelTests",
      dependencies: [
        "AbortingReplica", "ComputeGraph", "DataParallel", "Execution", "OpenCL", "Chorus",
        "TestSupport",
        .product(name: "Crypto", package: "swift-crypto"),
      ], resources: [.copy("Golden")], swiftSettings: strict),
    .target(name: "FaultLayer", path: "Tests/FaultLayer"),
    .executableTarget(
      name: "FaultDrill",
      dependencies: ["ComputeGraph", "Coordination", "DataParallel", "Execution", "OpenCL"],
      path: "Tests/FaultDrill", swiftSettings: strict),
    .testTarget(name: "FaultLayerTests", dependencies: ["FaultDrill"], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests", dependencies: ["CommandLine", "TestSupport"], swiftSettings: strict),
  ]
)
