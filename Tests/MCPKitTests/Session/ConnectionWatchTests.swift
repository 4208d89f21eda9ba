import Testing
import TransportKit

@testable import MCPKit

@Suite(.timeLimit(.minutes(5)))
struct ConnectionWatchTests {
    /// A connection in time, in seconds.
    private final class Scene {
        private var watch: ConnectionWatch
        var figures = SessionFigures(now: Scene.at(0))

        init(idle: Int?, ping: Int?) {
            let (idle, ping) = (idle.map { Duration.seconds($0) }, ping.map { Duration.seconds($0) })
            watch = ConnectionWatch(idleClose: idle, pingInterval: ping, at: Self.at(0))
        }

        static func at(_ seconds: Int) -> LoopInstant {
            LoopInstant(nanoseconds: 0).advanced(by: .seconds(seconds))
        }

        func look(at seconds: Int, isKept: Bool = false) -> ConnectionWatch.Step {
            watch.look(figures, isKept: isKept, at: Self.at(seconds))
        }

        func used(at seconds: Int) {
            figures.requests += 1
            figures.lastActivity = Self.at(seconds)
        }

        func sentPing(at seconds: Int) {
            used(at: seconds)
            figures.pings += 1
            figures.pending += 1
        }

        func pinged(_ isAnswered: Bool, at seconds: Int) -> Bool {
            figures.pending -= 1
            if isAnswered { figures.lastActivity = Self.at(seconds) }
            return watch.pinged(isAnswered: isAnswered, figures)
        }
    }

    @Test("What is not used is closed, unless somebody needs it")
    func closes() {
        let scene = Scene(idle: 10, ping: nil)
        #expect(scene.look(at: 0) == .look(after: .seconds(10)))
        scene.used(at: 5)
        #expect(scene.look(at: 10) == .look(after: .seconds(5)))
        scene.figures.pending = 1
        #expect(scene.look(at: 15) == .look(after: .seconds(10)))
        scene.figures.pending = 0
        #expect(scene.look(at: 25, isKept: true) == .look(after: .seconds(10)))
        #expect(scene.look(at: 35) == .close)
        #expect(Scene(idle: nil, ping: nil).look(at: 0) == .rest)
    }

    @Test("Asking for signs of life does not keep a connection that nobody uses")
    func pingsAreNoUse() {
        let scene = Scene(idle: 30, ping: 10)
        #expect(scene.look(at: 0) == .look(after: .seconds(10)))
        #expect(scene.look(at: 10) == .ping)
        scene.sentPing(at: 10)
        #expect(scene.look(at: 10) == .look(after: .seconds(20)))
        #expect(!scene.pinged(true, at: 11))
        #expect(scene.look(at: 11) == .look(after: .seconds(10)))
        #expect(scene.look(at: 21) == .ping)
        scene.sentPing(at: 21)
        #expect(!scene.pinged(true, at: 22))
        #expect(scene.look(at: 30) == .close)
    }

    @Test("A server that works is not asked; one that speaks is alive; two silences in a row are the end")
    func pings() {
        let scene = Scene(idle: nil, ping: 10)
        scene.figures.pending = 1
        #expect(scene.look(at: 1000) == .look(after: .seconds(10)))
        scene.figures.pending = 0
        scene.figures.lastActivity = Scene.at(1005)
        #expect(scene.look(at: 1010) == .look(after: .seconds(5)))
        #expect(scene.look(at: 1015) == .ping)
        #expect(scene.look(at: 1015) == .rest)
        scene.sentPing(at: 1015)
        #expect(!scene.pinged(false, at: 1045))
        #expect(scene.look(at: 1045) == .ping)
        scene.sentPing(at: 1045)
        // It said something else meanwhile.
        scene.figures.notifications += 1
        scene.figures.lastActivity = Scene.at(1050)
        #expect(!scene.pinged(false, at: 1075))
        for (time, isDead) in [(1075, false), (1105, true)] {
            #expect(scene.look(at: time) == .ping)
            scene.sentPing(at: time)
            #expect(scene.pinged(false, at: time + 30) == isDead)
        }
    }
}
