import Execution
import OpenCL
import TestSupport
import Testing

@Suite struct DeviceSelectionTests {
  @Test("a request is a word or a list of indices with parts")
  func parse() {
    #expect(DeviceRequest("all") == .all)
    #expect(DeviceRequest("every") == .every)
    #expect(DeviceRequest("gpu") == .gpu)
    #expect(DeviceRequest("cpu") == .cpu)
    #expect(DeviceRequest("0") == .list([.init(index: 0)]))
    #expect(
      DeviceRequest("0,0,2/4")
        == .list([.init(index: 0), .init(index: 0), .init(index: 2, parts: 4)]))
    for bad in ["", "ALL", "0,", ",1", "-1", "0/0", "0/", "/2", "0/1/2", "1;2", "one"] {
      #expect(DeviceRequest(bad) == nil, "\(bad)")
    }
  }

  private func select(
    _ request: DeviceRequest, _ inventory: DeviceInventory,
    probe: (Device) -> Double = { _ in 1 }
  ) throws -> DeviceSelection {
    try DeviceSelection(request, from: inventory) { probe($0) }
  }

  @Test(
    "where two platforms offer the host's CPU, the faster by measurement is taken, and it is said")
  func fastest() throws {
    let inventory = DeviceInventory(try testDevices().map(\.device))
    guard inventory.entries.count > 1 else { return }
    for wanted in inventory.entries {
      let selection = try select(.all, inventory) { $0 == wanted.device ? 0.5 : 1 }
      #expect(selection.members.map(\.index) == [wanted.index])
      #expect(selection.notes.count == 1)
      #expect(selection.notes.first?.contains(wanted.device.platformName) == true)
      #expect(selection.notes.first?.contains("2.0 times as long") == true)
    }
    #expect(inventory.hardware.count == 1)
    #expect(try select(.every, inventory).members.count == inventory.entries.count)
  }

  @Test("two replicas on one device, and its halves, have names of their own")
  func names() throws {
    let inventory = DeviceInventory([try testDevices()[0].device])
    let request = try #require(DeviceRequest("0,0,0/2"))
    let members = try select(request, inventory).members
    #expect(members.map(\.name) == ["0", "0#2", "0/2[0]", "0/2[1]"])
    #expect(members.map(\.index) == [0, 0, 0, 0])
    #expect(members.suffix(2).allSatisfy { $0.device.isSubDevice })
  }

  @Test("what cannot be had is refused with what there is")
  func refused() throws {
    let device = try testDevices()[0].device
    let inventory = DeviceInventory([device])
    let messages: [(DeviceRequest?, DeviceInventory, String)] = [
      (.all, DeviceInventory([]), "apt install pocl-opencl-icd"),
      (.gpu, inventory, "asks for a GPU"),
      (DeviceRequest("3"), inventory, "there is 1 device (0)"),
      (DeviceRequest("0/999"), inventory, "999 equal parts"),
    ]
    for (request, inventory, message) in messages {
      let request = try #require(request)
      let error = #expect(throws: DeviceSelectionError.self) { try select(request, inventory) }
      #expect(error.map { "\($0)" }?.contains(message) == true, "\(String(describing: error))")
    }
  }
}
