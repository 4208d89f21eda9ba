internal import CLinux
import FoundationEssentials
import Glibc
import TransportKit

/// A process and its descendants.
struct ProcessTree: Sendable {
    let root: Int32

    static var isRoot: Bool { geteuid() == 0 }

    var isAlive: Bool { kill(root, 0) == 0 }

    /// CPU time of all threads that were ever there, in nanoseconds.
    func cpu() throws -> Double {
        try members().reduce(0) { sum, process in try sum + Self.cpu(of: process) }
    }

    /// Memory, pages that are shared counted by their share, in bytes.
    func proportionalMemory() throws -> Double {
        try members().reduce(0) { sum, process in try sum + Self.proportionalMemory(of: process) }
    }

    private func members() throws -> [Int32] {
        var processes = [root]
        var place = 0
        while place < processes.count {
            processes += try Self.children(of: processes[place])
            place += 1
        }
        return processes
    }

    private static func children(of process: Int32) throws -> [Int32] {
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
        return threads.flatMap { thread in
            let path = "/proc/\(process)/task/\(thread)/children"
            // A thread may end meanwhile.
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return text.split(separator: " ").compactMap { Int32($0) }
        }
    }

    private static func cpu(of process: Int32) throws -> Double {
        var clock = clockid_t()
        var time = timespec()
        guard unsafe clock_getcpuclockid(process, &clock) == 0, unsafe clock_gettime(clock, &time) == 0 else {
            throw TransportError(.other, "process \(process) has ended")
        }
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private static func proportionalMemory(of process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap { Double($0) }
            return (kibibytes ?? 0) * 1024
        }
        throw TransportError(.other, "/proc says nothing of the memory of process \(process)")
    }
}

/// Stops this thread for a while.
func pause(microseconds: Int) {
    var time = timespec(tv_sec: 0, tv_nsec: microseconds * 1000)
    unsafe nanosleep(&time, nil)
}
