private func pending() -> Failure { Failure(.unavailable, "this command is not there yet") }
enum ChatCommand { static func run(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() } }
enum ModelsCommand { static func run(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() } }
enum CompleteCommand { static func run(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() } }
enum ProvidersCommand {
    static func list(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() }
    static func test(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() }
}
enum ConfigCommand {
    static func check(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() }
    static func show(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() }
    static func path(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() }
    static func convert(_ a: Arguments, _ c: Context) async throws(Failure) { throw pending() }
}
