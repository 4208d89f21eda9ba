internal import CCurl
internal import Glibc

// libcurl calls these on the loop's thread. Contexts are unretained: the driver outlives its handles, and holds each
// transfer until its handle has been taken out.

private func transfer(_ context: UnsafeMutableRawPointer) -> CurlTransfer {
    unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
}

private func driver(_ context: UnsafeMutableRawPointer) -> CurlDriver {
    unsafe Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue()
}

func curlDidReceive(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    return unsafe transfer(context).didReceive(UnsafeRawBufferPointer(start: data, count: size * count))
}

func curlDidReceiveHeader(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let goesOn = unsafe transfer(context).didReceiveHeader(UnsafeRawBufferPointer(start: data, count: size * count))
    // Any number but the line's size ends the transfer.
    return goesOn ? size * count : 0
}

func curlWantsBody(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return Int(CURL_READFUNC_ABORT) }
    return unsafe transfer(context).fillBody(UnsafeMutableRawBufferPointer(start: data, count: size * count))
}

func curlDidConnect(
    _ context: UnsafeMutableRawPointer?,
    _: UnsafeMutablePointer<CChar>?,
    _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _: Int32
) -> Int32 {
    guard let context = unsafe context else { return CURL_PREREQFUNC_ABORT }
    return unsafe transfer(context).didConnect() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

func curlOpensSocket(
    _ context: UnsafeMutableRawPointer?,
    _: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context = unsafe context, let address = unsafe address else { return -1 }
    // Closed in programs that this one starts.
    let type = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = unsafe socket(address.pointee.family, type, address.pointee.protocol)
    if descriptor >= 0 { unsafe driver(context).didOpenSocket(descriptor) }
    return descriptor
}

func curlClosesSocket(_ context: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> Int32 {
    if let context = unsafe context { unsafe driver(context).willCloseSocket(descriptor) }
    return close(descriptor)
}

func curlWatchesSocket(
    _: UnsafeMutableRawPointer?,
    _ descriptor: curl_socket_t,
    _ what: Int32,
    _ context: UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> Int32 {
    if let context = unsafe context { unsafe driver(context).watch(descriptor, what) }
    return 0
}

func curlSetsTimer(_: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    if let context = unsafe context { unsafe driver(context).setTimer(milliseconds) }
    return 0
}
