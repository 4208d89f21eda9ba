import FuzzTargets
import Glibc

private let target: FuzzTarget? = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) }
    return FuzzTarget.all.first { $0.name == name }
}()

/// Called by libFuzzer once at its start: without a target in `FUZZ_TARGET`, lists them and ends.
@_cdecl("LLVMFuzzerInitialize")
func initializeFuzzing(_ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer) -> CInt {
    guard target == nil else { return 0 }
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
}

/// Called by libFuzzer for every input that it makes up.
@_cdecl("LLVMFuzzerTestOneInput")
func feed(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: size))
    do {
        try target?.run(input)
    } catch {
        // How libFuzzer is told.
        fatalError(error.description)
    }
    return 0
}
