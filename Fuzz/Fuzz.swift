import Glibc

/// libFuzzer's own entry, which calls back for every input that it makes up.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private let target: FuzzTarget? = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) }
    return FuzzTarget.all.first { $0.name == name }
}()

/// Feeds the target that `FUZZ_TARGET` names; without one, lists them.
@main
struct Fuzz {
    static func main() {
        guard target != nil else {
            for target in FuzzTarget.all { print(target.name) }
            return
        }
        var count = CommandLine.argc
        var arguments = unsafe CommandLine.unsafeArgv
        let status = unsafe runDriver(&count, &arguments) { bytes, size in
            target?.run(unsafe Array(UnsafeBufferPointer(start: bytes, count: size)))
            return 0
        }
        exit(status)
    }
}
