/// Which devices a user asks for: `all`, `every`, `gpu`, `cpu`, or a list such as `0,0/2,1`.
public enum DeviceRequest: Sendable, Hashable {
  /// Each piece of hardware once, through the faster of its platforms.
  case all
  /// Every device of every platform, also where several are the same hardware.
  case every
  /// As `all`, but only GPUs.
  case gpu
  /// As `all`, but only CPUs.
  case cpu
  /// Devices by index; `parts` > 1 asks for that many equal sub-devices.
  case list([Item])

  /// One entry of a list.
  public struct Item: Sendable, Hashable {
    /// Index of the device, and into how many sub-devices it is split (1: not at all).
    public let index: Int, parts: Int

    /// A device, or its equal parts.
    public init(index: Int, parts: Int = 1) {
      self.index = index
      self.parts = parts
    }
  }

  /// Reads a request as the command line gives it; nil where it is none.
  public init?(_ text: String) {
    switch text {
    case "all": self = .all
    case "every": self = .every
    case "gpu": self = .gpu
    case "cpu": self = .cpu
    default:
      var items: [Item] = []
      for word in text.split(separator: ",", omittingEmptySubsequences: false) {
        let numbers = word.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        switch (numbers.count, numbers[0], numbers.count > 1 ? numbers[1] : 1) {
        case (1...2, let index?, let parts?) where index >= 0 && parts >= 1:
          items.append(Item(index: index, parts: parts))
        default: return nil
        }
      }
      self = .list(items)
    }
  }
}
