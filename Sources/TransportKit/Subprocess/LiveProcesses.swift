internal import Glibc

/// The programs that run beside this one, by the numbers of their groups, so that none of them outlives it where it ends at once.
package enum LiveProcesses {
    private struct Content {
        var groups: Set<Int32> = []
        /// How many are being started, and have no number yet.
        var starting = 0
        var isEnding = false
    }

    private static let content = Locked(Content())

    /// Starts a program that is then among them.
    ///
    /// - Parameter spawn: Starts it, as the first of a group of its own.
    /// - Returns: Its number.
    /// - Throws: What `spawn` throws; also if this program is about to end.
    static func start(_ spawn: () throws(SubprocessError) -> Int32) throws(SubprocessError) -> Int32 {
        let mayStart = content.withLock { content in
            if !content.isEnding { content.starting += 1 }
            return !content.isEnding
        }
        guard mayStart else { throw SubprocessError(.cancelled, "this program is about to end") }
        do throws(SubprocessError) {
            let number = try spawn()
            started(number)
            return number
        } catch {
            started(nil)
            throw error
        }
    }

    private static func started(_ number: Int32?) {
        content.withLock { content in
            content.starting -= 1
            guard let number else { return }
            content.groups.insert(number)
            if content.isEnding { kill(-number, SIGKILL) }
        }
    }

    /// Kills what is left of a program's group.
    ///
    /// To be called before the program is reaped: from then on the number may be another's.
    static func end(_ number: Int32) {
        content.withLock { content in
            kill(-number, SIGKILL)
            content.groups.remove(number)
        }
    }

    /// Kills all groups; nothing can be started any more.
    ///
    /// For a program that ends right after it. Waits for programs that are just being started, for half a second at most.
    package static func endAll() {
        for _ in 0..<500 {
            let isDone = content.withLock { content in
                content.isEnding = true
                for number in content.groups { kill(-number, SIGKILL) }
                return content.starting == 0
            }
            if isDone { return }
            usleep(1000)
        }
    }
}
