import Testing

@testable import TransportKit

@Suite("Descriptors that are kept for everything else") struct DescriptorReserveTests {
    @Test(
        "Callers' connections leave a part, providers' half of it",
        arguments: [(64, 48, 56), (72, 54, 63), (1024, 992, 1008), (1_048_576, 1_048_544, 1_048_560)]
    )
    func reserve(limit: Int, firstForNoCaller: Int32, firstForNoProvider: Int32) {
        for (use, first) in [(DescriptorReserve.Use.caller, firstForNoCaller), (.provider, firstForNoProvider)] {
            #expect(DescriptorReserve.allows(first - 1, for: use, limit: limit))
            #expect(!DescriptorReserve.allows(first, for: use, limit: limit))
        }
    }

    @Test("While few are open there is room")
    func room() {
        #expect(DescriptorReserve.hasRoom(copying: 0))
        #expect(DescriptorReserve.allows(3, for: .caller))
    }
}
