extension HTTPCall {
    /// What libcurl would misunderstand or let through is refused before it sees it.
    func check() throws(HTTPCallError) {
        // Of letters that makes small ones, and what it would make a colon or a slash is refused below.
        let scheme = url.utf8.prefix(8).map { $0 | 0x20 }
        guard scheme.starts(with: "http://".utf8) || scheme.starts(with: "https://".utf8) else {
            throw HTTPCallError(.badCall, self, "only http and https addresses can be called")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw HTTPCallError(.badCall, self, "the address holds spaces or control characters")
        }
        guard (1...32).contains(method.utf8.count),
            method.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
        else { throw HTTPCallError(.badCall, self, "a method is a word in capitals") }
        for header in headers { try check(header) }
        guard limits.timeout_ms ?? 1 > 0, limits.connectTimeout_ms > 0, limits.stallTimeout_s ?? 1 > 0,
            limits.responseBytes_max >= 0, redirects_max >= 0
        else { throw HTTPCallError(.badCall, self, "a limit is not positive") }
    }

    /// A line feed in a header would begin another header, or another request.
    private func check(_ header: HTTPHeader) throws(HTTPCallError) {
        let separators = "()<>@,;:\\\"/[]?={}".utf8
        let isToken = header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !separators.contains($0) }
        guard !header.name.isEmpty, isToken else {
            throw HTTPCallError(.badCall, self, "a header's name is not made of letters, digits and dashes")
        }
        guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\t") }) else {
            throw HTTPCallError(.badCall, self, "the header \(header.name) holds a control character")
        }
    }
}
