@_exported import ComputeGraph
@_exported import Coordination
@_exported import DataParallel
@_exported import Datasets
@_exported import Execution
@_exported import OpenCL
@_exported import Recipes
