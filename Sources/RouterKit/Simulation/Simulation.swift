public import ProviderKit

/// Runs a scenario: a whole outage in virtual time, with the very planner, health book and execution of a router.
///
/// It is a pure function of the scenario. Nothing is sent, nothing is waited for, and no clock is read.
public struct Simulation: Sendable {
    /// What is run.
    public let scenario: Scenario
    private let world: SimulatedWorld

    /// Looks a scenario's names up.
    ///
    /// - Parameter scenario: What is to be run.
    /// - Throws: `PlexError` with code `configuration`, if rules and providers do not fit together, or nothing can come; with
    ///   code `notFound`, if callers ask for what nobody has.
    public init(_ scenario: Scenario) throws(PlexError) {
        self.scenario = scenario
        world = try SimulatedWorld(scenario)
    }

    /// Runs it.
    ///
    /// - Parameter progress: Told the virtual time, once a virtual minute.
    /// - Returns: What came of it.
    public func run(progress: ((Duration) -> Void)? = nil) -> SimulationReport {
        var run = SimulationRun(world, scenario)
        run.run(progress: progress)
        return SimulationReport(run.tally, scenario, world)
    }
}
