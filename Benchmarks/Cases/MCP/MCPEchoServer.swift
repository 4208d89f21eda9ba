import Glibc
import TransportKit

/// The argument that makes the benchmarks' own program the server that they call.
let mcpEchoArgument = "--mcp-echo"

/// A server of tools that does next to nothing: each call is answered with the same text, and what comes in one piece is
/// answered in one piece.
func serveMCPEcho() {
    var input: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    var output: [UInt8] = []
    while true {
        let count = unsafe read(STDIN_FILENO, &piece, piece.count)
        guard count > 0 else { return }
        input.append(contentsOf: piece[..<count])
        var start = 0
        while let end = input[start...].firstIndex(of: UInt8(ascii: "\n")) {
            answerMCP(input[start..<end], into: &output)
            start = end + 1
        }
        input.removeFirst(start)
        var written = 0
        while written < output.count {
            let count = unsafe output.withUnsafeBytes { bytes in
                unsafe write(STDOUT_FILENO, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 else { return }
            written += count
        }
        output.removeAll(keepingCapacity: true)
    }
}

func answerMCP(_ line: ArraySlice<UInt8>, into output: inout [UInt8]) {
    var scanner = JSONScanner([.member("id"), .member("method")])
    guard (try? scanner.scan(line.span)) != nil, scanner.members[0].count == 1 else { return }
    func text(_ member: Int) -> ArraySlice<UInt8> {
        let place = scanner.members[member].value
        return line[(line.startIndex + place.lowerBound)..<(line.startIndex + place.upperBound)]
    }
    output.append(contentsOf: mcpHead)
    output.append(contentsOf: text(0))
    let answer = mcpAnswers.first { $0.method.elementsEqual(text(1)) }
    output.append(contentsOf: answer?.rest ?? mcpRefusal)
}

private let mcpHead = Array(#"{"jsonrpc":"2.0","id":"#.utf8)
private let mcpRefusal = Array(#","error":{"code":-32601,"message":"no such method"}}"#.utf8) + [0x0A]

private let mcpAnswers: [(method: [UInt8], rest: [UInt8])] = [
    ("tools/call", #"{"content":[{"type":"text","text":"echo"}]}"#),
    ("tools/list", #"{"tools":[{"name":"echo","inputSchema":{"type":"object"}}]}"#),
    (
        "initialize",
        #"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"echo","version":"1"}}"#
    ),
].map { method, result in (Array("\"\(method)\"".utf8), Array(",\"result\":\(result)}\n".utf8)) }
