import Testing

@testable import GatewayKit

@Suite("Series of metrics")
struct SeriesTests {
    @Test("Each set of labels has its own value, whatever came before")
    func values() {
        var series = Series<String, Int>()
        for key in ["a", "a", "b", "a", "c", "c", "b"] { series.update(key, default: 10) { $0 += 1 } }
        #expect(series.elements.map(\.key) == ["a", "b", "c"])
        #expect(series.elements.map(\.value) == [13, 12, 12])
        #expect(series.count == 3)
    }

    @Test("Looking for labels makes none")
    func contains() {
        var series = Series<String, Int>()
        #expect(!series.contains("a"))
        series.update("a", default: 0) { $0 += 1 }
        series.update("b", default: 0) { $0 += 1 }
        #expect(series.contains("a"))
        #expect(!series.contains("c"))
        #expect(series.count == 2)
    }
}
