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
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
  ],
  targets: [
    // C interfaces.
    .target(name: "COpenCL", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CCLBlast", linkerSettings: [.linkedLibrary("dl")]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Layers, lowest first: an import goes down only.
    .target(
      name: "Kernels", path: "Kernels",
      resources: [
        .embedInCode("common.h"),
        .embedInCode("tile.h"),
        .embedInCode("exact.h"),
        .embedInCode("elementary.h"),
        .embedInCode("product.cl"),
        .embedInCode("convolution.cl"),
        .embedInCode("bias.cl"),
        .embedInCode("relu.cl"),
        .embedInCode("copy.cl"),
        .embedInCode("max_pool.cl"),
        .embedInCode("cross_entropy.cl"),
        .embedInCode("sgd.cl"),
      ], swiftSettings: strict),
    .target(name: "OpenCL", dependencies: ["COpenCL"], swiftSettings: strict),
    .target(name: "CLBlast", dependencies: ["OpenCL", "CCLBlast"], swiftSettings: strict),
    .target(name: "ComputeGraph", swiftSettings: strict),
    .target(
      name: "Execution",
      dependencies: [
        "ComputeGraph", "OpenCL", "Kernels",
        .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: strict),
    .target(name: "Datasets", dependencies: ["ComputeGraph", "CZlib"], swiftSettings: strict),
    .target(
      name: "DataParallel",
      dependencies: [
        "ComputeGraph", "Execution", "OpenCL", .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: strict),
    .target(
      name: "Chorus",
      dependencies: ["ComputeGraph", "OpenCL", "Execution", "Datasets", "DataParallel"],
      swiftSettings: strict),
    .executableTarget(
      name: "CommandLine",
      dependencies: [
        "Chorus", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    // Tests mirror the modules.
    .target(
      name: "TestSupport", dependencies: ["ComputeGraph", "Execution", "OpenCL"],
      path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "OpenCLTests", dependencies: ["OpenCL"], swiftSettings: strict),
    .testTarget(name: "CLBlastTests", dependencies: ["CLBlast", "OpenCL"], swiftSettings: strict),
    .testTarget(
      name: "ComputeGraphTests", dependencies: ["ComputeGraph", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets"], swiftSettings: strict),
    .executableTarget(
      name: "OclgrindProbe", dependencies: ["ComputeGraph", "Execution", "OpenCL"],
      path: "Tests/OclgrindProbe", swiftSettings: strict),
    .testTarget(
      name: "ExecutionTests",
      dependencies: [
        "ComputeGraph", "Execution", "Kernels", "OclgrindProbe", "OpenCL", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "DataParallelTests",
      dependencies: [
        "ComputeGraph", "DataParallel", "Execution", "OpenCL", "Chorus", "TestSupport",
      ], resources: [.copy("Golden")], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests", dependencies: ["CommandLine", "TestSupport"], swiftSettings: strict),
  ]
)
