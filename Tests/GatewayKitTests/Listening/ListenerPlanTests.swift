import Testing

@testable import GatewayKit

@Suite
struct ListenerPlanTests {
    private func addresses(_ texts: [String]) throws -> [ListenAddress] {
        try texts.map { try ListenAddress(parsing: $0) }
    }

    @Test(arguments: [
        // old, new, kept, changed to, opened, closed
        (["unix:a", "tcp:127.0.0.1:1"], ["tcp:127.0.0.1:1", "unix:a"], ["tcp:127.0.0.1:1", "unix:a"], [], [], []),
        (["unix:a"], ["unix:b"], [], [], ["unix:b"], ["unix:a"]),
        (["unix:a"], ["unix:a", "tcp:127.0.0.1:1"], ["unix:a"], [], ["tcp:127.0.0.1:1"], []),
        (["unix:a", "tcp:127.0.0.1:1"], ["unix:a"], ["unix:a"], [], [], ["tcp:127.0.0.1:1"]),
        (["unix:a"], ["unix:a?mode=0660&group=g"], [], ["unix:a?mode=0660&group=g"], [], []),
        (["unix:a?role=guest"], ["unix:a"], [], ["unix:a"], [], []),
        (["tcp:127.0.0.1:1"], ["tcp:127.0.0.1:1?role=guest"], [], ["tcp:127.0.0.1:1?role=guest"], [], []),
        (["tcp:127.0.0.1:1"], ["tcp:0.0.0.0:1"], [], [], ["tcp:0.0.0.0:1"], ["tcp:127.0.0.1:1"]),
        // A port that the system chose stays, but another one that it is to choose is another one.
        (["tcp:127.0.0.1:0"], ["tcp:127.0.0.1:0"], ["tcp:127.0.0.1:0"], [], [], []),
        (
            ["tcp:127.0.0.1:0"], ["tcp:127.0.0.1:0?role=guest"], [], [], ["tcp:127.0.0.1:0?role=guest"],
            ["tcp:127.0.0.1:0"]
        ),
        (["unix:a"], ["unix:a", "unix:a"], ["unix:a"], [], [], []),
        (["systemd"], ["systemd?role=guest"], [], ["systemd?role=guest"], [], []),
        // Two at one place: who stays as it is goes first.
        (["unix:a", "unix:b"], ["unix:b?role=guest", "unix:a"], ["unix:a"], ["unix:b?role=guest"], [], []),
    ])
    func plans(
        _ old: [String],
        _ new: [String],
        _ kept: [String],
        _ changed: [String],
        _ opened: [String],
        _ closed: [String]
    ) throws {
        let plan = ListenerPlan(from: try addresses(old), to: try addresses(new))
        #expect(plan.kept.map(\.description) == kept)
        #expect(plan.changed.map(\.to.description) == changed)
        #expect(plan.opened.map(\.description) == opened)
        #expect(plan.closed.map(\.description) == closed)
    }
}
