internal import CLinux
internal import Glibc
internal import TransportKit

extension ServerConnection {
    /// Reads what has come.
    ///
    /// A request whose head is there and plain is read here, up to its last byte and no further: so the socket can be
    /// handed to the library at any time between two requests, which reads everything else.
    func receive() {
        mayHaveMore = false
        if library != nil {
            hasArrived = true
            return server.library.run(self)
        }
        if state.phase == .receiving { return receiveBody() }
        switch server.look(at: descriptor) {
        case .nothing: break
        case .end: finish()
        case .other: handToLibrary()
        case .request(let head, let count): receive(head, of: count)
        }
    }

    private func receive(_ head: PlainHead, of count: Int) {
        let size = min(count, head.size + head.bodyLength)
        guard server.read(descriptor, upTo: size) == size else { return finish() }
        begin(RequestAssembly(head))
        guard takeBody(head.size..<size) else { return }
        if assembly.missing == 0 {
            mayHaveMore = count > size
            handle(.requestWhole)
        } else {
            setRequestDeadline()
            // What did not fit into the buffer, and an end that came with it, will not be told of again.
            if count == LoopServer.bufferSize || hasPeerClosed { receiveBody() }
        }
    }

    private static let readsAtOnce = 16

    private func receiveBody() {
        for _ in 0..<Self.readsAtOnce {
            let wanted = min(assembly.missing, LoopServer.bufferSize)
            let count = server.read(descriptor, upTo: wanted)
            if count < 0, errno == EAGAIN { return }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return finish() }
            guard takeBody(0..<count) else { return }
            if assembly.missing == 0 {
                mayHaveMore = true
                return handle(.requestWhole)
            }
            if count < wanted, !hasPeerClosed { return }
        }
        // A large body must not keep other connections waiting.
        let bound = LoopBound(self, loop)
        loop.execute {
            let connection = bound.value
            if connection.library == nil, connection.state.phase == .receiving { connection.receiveBody() }
        }
    }

    /// - Returns: `false` if there is no room, and the request has been turned away.
    private func takeBody(_ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return true }
        let reason = unsafe server.withBuffer { unsafe takeBody(UnsafeRawBufferPointer(rebasing: $0[range])) }
        guard let reason else { return true }
        refuse(reason)
        return false
    }

    /// Goes on after an answer.
    func proceed() {
        guard library == nil, state.phase == .idle else { return }
        if state.isPeerGone { return finish() }
        if mayHaveMore { receive() }
    }
}
