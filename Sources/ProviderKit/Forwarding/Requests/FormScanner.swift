/// Finds the fields of a form in several parts (RFC 7578), without taking the files in it apart.
struct FormScanner {
    /// A field's text.
    struct Field {
        var name: String
        /// Where the text stands in the body.
        var place: Range<Int>
    }

    /// The fields that are no files, in order.
    private(set) var fields: [Field] = []

    // A form of these interfaces has a dozen; a body of nothing but boundaries is not walked for ever.
    private static let maximumParts = 256
    private static let maximumHead = 4096

    /// Looks through a body.
    ///
    /// - Returns: `nil` if it is not such a form.
    init?(_ body: [UInt8], contentType: String) {
        guard let boundary = Self.boundary(of: contentType) else { return nil }
        let mark = Array("--\(boundary)".utf8)
        guard body.starts(with: mark) else { return nil }
        let between = [0x0D, 0x0A] + mark
        var position = mark.count
        for _ in 0..<Self.maximumParts {
            if body[position...].starts(with: "--".utf8) { return }
            guard body[position...].starts(with: [0x0D, 0x0A]) else { return nil }
            guard let head = Self.head(body, from: position + 2),
                let end = Self.find(between, in: body, from: head.end - 2)
            else { return nil }
            if let name = head.name { fields.append(Field(name: name, place: head.end..<max(head.end, end))) }
            position = end + between.count
        }
        return nil
    }

    /// The text of the boundary, if the type is that of a form.
    static func boundary(of contentType: String) -> String? {
        let parts = contentType.split(separator: ";")
        guard parts.first?.trimmingSpaces.lowercased() == "multipart/form-data" else { return nil }
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingSpaces.lowercased() == "boundary" else { continue }
            var text = pair[1].trimmingSpaces
            if text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 { text = String(text.dropFirst().dropLast()) }
            // RFC 2046, 5.1.1.
            return (1...70).contains(text.utf8.count) ? text : nil
        }
        return nil
    }

    // The name of a part that is no file, and where its content begins.
    private static func head(_ body: [UInt8], from start: Int) -> (name: String?, end: Int)? {
        let window = body[start..<min(body.count, start + maximumHead)]
        guard let end = find([0x0D, 0x0A, 0x0D, 0x0A], in: body, from: start, to: window.endIndex) else { return nil }
        let lines = String(decoding: body[start..<end], as: UTF8.self).split(separator: "\r\n")
        var name: String?
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-disposition" else { continue }
            var isFile = false
            var found: String?
            for parameter in parts[1].split(separator: ";").dropFirst() {
                let pair = parameter.split(separator: "=", maxSplits: 1)
                guard pair.count == 2 else { continue }
                let key = pair[0].trimmingSpaces.lowercased()
                if key == "filename" || key == "filename*" { isFile = true }
                if key == "name" { found = String(pair[1].trimmingSpaces.trimmingPrefix("\"").dropLastQuote) }
            }
            name = isFile ? nil : found
        }
        return (name, end + 4)
    }

    private static func find(_ word: [UInt8], in body: [UInt8], from start: Int, to end: Int? = nil) -> Int? {
        let last = (end ?? body.count) - word.count
        guard start <= last, let first = word.first else { return nil }
        return unsafe body.withUnsafeBufferPointer { bytes in
            var place = start
            while place <= last {
                if unsafe bytes[place] == first, unsafe word.elementsEqual(bytes[place..<place + word.count]) {
                    return place
                }
                place += 1
            }
            return nil
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }

    fileprivate var dropLastQuote: Substring { last == "\"" ? dropLast() : self }
}
