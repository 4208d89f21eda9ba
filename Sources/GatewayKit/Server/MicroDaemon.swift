internal import CLinux
internal import CMicroHTTPD
internal import Glibc

/// libmicrohttpd on one loop: it parses requests and sends answers whose bytes are all there.
///
/// It has no thread and no listening socket: connections are accepted by us and handed over. Outside of `run` every
/// connection is suspended, except those whose answer did not fit into the socket's buffer. So the library works on the one
/// connection whose socket has something to read, and what it logs about a request can be told to belong to that connection.
/// A suspended connection is in no epoll set of the library's, which saves two system calls a request.
// `@safe`: the pointer is made here and freed by `stop`; all use is on one loop.
@safe final class MicroDaemon {
    private var pointer: OpaquePointer?
    /// What readiness of the library's own sockets shows at.
    let epollDescriptor: Int32
    /// The connection that the library works on, where there is only one that it can be.
    var current: ServerConnection?
    /// The largest head that it has memory for, in bytes.
    let headBytes: Int
    /// Connections that it has.
    fileprivate(set) var connections = 0
    fileprivate let drops: Drops
    /// The connection that is being handed over.
    fileprivate var adopted: ServerConnection?

    /// - Returns: `nil` if the system lacks memory or descriptors.
    init?(headBytes: Int, connections: Int, drops: Drops) {
        self.headBytes = headBytes
        self.drops = drops
        // Beside the head there must be room for the table of its fields, and for the head of an answer.
        let memory = headBytes + headBytes / 4
        // The context is known only once the object is whole, so it is reached through the connection or this box.
        let box = unsafe Unmanaged.passRetained(Box()).toOpaque()
        unsafe pointer = plex_mhd_start(
            microLog,
            microRequestLine,
            microAccess,
            microCompleted,
            microConnection,
            microUnescape,
            box,
            memory,
            UInt32(clamping: connections)
        )
        unsafe context = box
        epollDescriptor = unsafe pointer.map { unsafe plex_mhd_epoll_descriptor($0) } ?? -1
        guard unsafe pointer != nil, epollDescriptor >= 0 else {
            unsafe Unmanaged<Box>.fromOpaque(box).release()
            return nil
        }
        unsafe Unmanaged<Box>.fromOpaque(box).takeUnretainedValue().daemon = self
    }

    /// Connections that the libraries of a loop were told to give up and have not yet.
    final class Drops {
        fileprivate(set) var count = 0

        /// Counts a connection that its library closes as soon as it gets to run.
        func expect() { count += 1 }
    }

    fileprivate final class Box {
        weak var daemon: MicroDaemon?
    }

    private let context: UnsafeMutableRawPointer

    deinit {
        stop()
        unsafe Unmanaged<Box>.fromOpaque(context).release()
    }

    /// Hands an accepted socket over; the library owns it from now on, also if this fails.
    func adopt(_ descriptor: Int32, for connection: ServerConnection) -> Bool {
        guard let pointer = unsafe pointer else {
            close(descriptor)
            return false
        }
        adopted = connection
        defer { adopted = nil }
        // The library only keeps the address for those who ask it for it, which nobody does.
        var address = sockaddr()
        let size = socklen_t(MemoryLayout<sockaddr>.size)
        guard unsafe MHD_add_connection(pointer, descriptor, &address, size) == .YES else { return false }
        connection.suspend()
        return true
    }

    /// Lets the library do what it can without waiting.
    func run() {
        if let pointer = unsafe pointer { unsafe MHD_run(pointer) }
    }

    /// Ends the library; no connection may be left.
    func stop() {
        if let pointer = unsafe pointer { unsafe MHD_stop_daemon(pointer) }
        unsafe pointer = nil
    }
}

/// The library's handle of one connection.
// `@safe`: it is held only until the library says that the connection is closed, and used on one loop.
@safe struct MicroConnection: Equatable {
    fileprivate let pointer: OpaquePointer

    func suspend() { unsafe MHD_suspend_connection(pointer) }
    func resume() { unsafe MHD_resume_connection(pointer) }
    /// Bytes of the request's line and fields, once they are there.
    var headBytes: Int { unsafe plex_mhd_head_size(pointer) }

    static func == (left: Self, right: Self) -> Bool { unsafe left.pointer == right.pointer }

    /// Calls a closure with the request's fields as they stand in memory, in order.
    func forEachField(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void) {
        unsafe withoutActuallyEscaping(body) { body in
            var call = unsafe FieldCall(body: body)
            unsafe withUnsafeMutablePointer(to: &call) { call in
                _ = unsafe MHD_get_connection_values_n(pointer, .HEADER_KIND, microField, call)
            }
        }
    }

    /// Gives the library an answer to send.
    func queue(status: Int, fields: [(name: String, value: String)], body: [UInt8]) -> Bool {
        let made = unsafe body.withUnsafeBytes { bytes in
            // Copied by the library; with nothing to copy it wants no address.
            let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            return unsafe MHD_create_response_from_buffer(bytes.count, start, .RESPMEM_MUST_COPY)
        }
        guard let response = unsafe made else { return false }
        defer { unsafe MHD_destroy_response(response) }
        for (name, value) in fields { _ = unsafe MHD_add_response_header(response, name, value) }
        return unsafe MHD_queue_response(pointer, UInt32(clamping: status), response) == .YES
    }
}

@safe private struct FieldCall {
    let body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
}

// MARK: What the library calls

private func connection(of pointer: OpaquePointer?) -> ServerConnection? {
    guard let pointer = unsafe pointer, let context = unsafe plex_mhd_context(pointer) else { return nil }
    let connection = unsafe Unmanaged<ServerConnection>.fromOpaque(context).takeUnretainedValue()
    // One that was taken from the library before it knew is none of its any more.
    return unsafe connection.library?.pointer == pointer ? connection : nil
}

private func daemon(_ context: UnsafeMutableRawPointer?) -> MicroDaemon? {
    unsafe context.flatMap { unsafe Unmanaged<MicroDaemon.Box>.fromOpaque($0).takeUnretainedValue().daemon }
}

private func microField(
    _ context: UnsafeMutableRawPointer?,
    _ kind: MHD_ValueKind,
    _ name: UnsafePointer<CChar>?,
    _ nameSize: Int,
    _ value: UnsafePointer<CChar>?,
    _ valueSize: Int
) -> MHD_Result {
    guard let call = unsafe context?.assumingMemoryBound(to: FieldCall.self) else { return .NO }
    unsafe call.pointee.body(
        UnsafeRawBufferPointer(start: name, count: nameSize),
        UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueSize)
    )
    return .YES
}

/// The request's line is there: the only time that the library shows the target as it was sent.
private func microRequestLine(
    _ context: UnsafeMutableRawPointer?,
    _ target: UnsafePointer<CChar>?,
    _ pointer: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let connection = unsafe connection(of: pointer) else { return nil }
    let bytes = unsafe target.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    connection.requestBegan(target: bytes ?? [])
    return nil
}

private func microAccess(
    _ context: UnsafeMutableRawPointer?,
    _ pointer: OpaquePointer?,
    _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?,
    _ data: UnsafePointer<CChar>?,
    _ size: UnsafeMutablePointer<Int>?,
    _ request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let connection = unsafe connection(of: pointer), let size = unsafe size else { return .NO }
    let goesOn: Bool
    if unsafe size.pointee > 0 {
        goesOn = unsafe connection.received(UnsafeRawBufferPointer(start: data, count: size.pointee))
        unsafe size.pointee = 0
    } else if !connection.assembly.hasHead {
        goesOn = connection.receivedHead(
            method: unsafe method.map { unsafe String(cString: $0) } ?? "",
            at: UInt(bitPattern: method),
            isOld: unsafe version.map { unsafe strcmp($0, "HTTP/1.0") == 0 } ?? true
        )
    } else {
        goesOn = connection.receivedAll()
    }
    return goesOn ? .YES : .NO
}

private func microCompleted(
    _ context: UnsafeMutableRawPointer?,
    _ pointer: OpaquePointer?,
    _ request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ reason: MHD_RequestTerminationCode
) {
    guard let connection = unsafe connection(of: pointer) else { return }
    connection.requestEnded(isWritten: reason == .REQUEST_TERMINATED_COMPLETED_OK)
}

private func microConnection(
    _ context: UnsafeMutableRawPointer?,
    _ pointer: OpaquePointer?,
    _ socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ what: MHD_ConnectionNotificationCode
) {
    guard let daemon = unsafe daemon(context), let pointer = unsafe pointer else { return }
    if what == .CONNECTION_NOTIFY_STARTED {
        guard let connection = daemon.adopted else { return }
        daemon.connections += 1
        unsafe socketContext?.pointee = Unmanaged.passRetained(connection).toOpaque()
        connection.library = unsafe MicroConnection(pointer: pointer)
    } else if let held = unsafe socketContext?.pointee {
        let connection = unsafe Unmanaged<ServerConnection>.fromOpaque(held).takeRetainedValue()
        unsafe socketContext?.pointee = nil
        daemon.connections -= 1
        if unsafe connection.library?.pointer == pointer {
            connection.libraryClosed()
        } else {
            daemon.drops.count -= 1
        }
    }
}

/// The target is handed on as it was sent.
private func microUnescape(
    _ context: UnsafeMutableRawPointer?,
    _ pointer: OpaquePointer?,
    _ text: UnsafeMutablePointer<CChar>?
) -> Int {
    unsafe text.map { unsafe strlen($0) } ?? 0
}

/// Hears that the library is about to answer a request by itself.
///
/// It would send a page of its own, and only its log tells so. The answer in the responder's shape is sent in its place.
private func microLog(
    _ context: UnsafeMutableRawPointer?,
    _ format: UnsafePointer<CChar>?,
    _ arguments: CVaListPointer?
) {
    guard let format = unsafe format, let arguments = unsafe arguments,
        unsafe strncmp(format, microRefusal, strlen(microRefusal)) == 0
    else { return }
    guard let connection = unsafe daemon(context)?.current else { return }
    var line = [CChar](repeating: 0, count: 128)
    let length = unsafe vsnprintf(&line, line.count, format, arguments)
    let code = line.prefix(max(0, Int(length))).drop { !(48...57).contains($0) }.prefix(3)
    connection.libraryRefused(status: code.reduce(0) { $0 * 10 + Int($1) - 48 })
}

private let microRefusal = "Error processing request (HTTP response code is "
