/// What stands before an answer's body.
public struct HTTPHead: Hashable, Sendable {
    /// 100 to 599; 200 to 299 is success.
    public let status: Int

    /// In the order received.
    public let headers: [HTTPHeader]

    /// PEM, in the order in which the server showed them; empty unless the call only connects.
    public let certificates: [String]

    public var isSuccess: Bool { (200...299).contains(status) }

    /// The value of the first header of this name, in any case of letters.
    public subscript(name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A whole answer.
public struct HTTPResponse: Hashable, Sendable {
    public let head: HTTPHead
    public let body: [UInt8]

    public var status: Int { head.status }
    public var isSuccess: Bool { head.isSuccess }
}

/// How far a call has come.
public struct HTTPProgress: Hashable, Sendable {
    public let sent_bytes: Int
    /// Nil while it is not known.
    public let toSend_bytes: Int?
    public let received_bytes: Int
    /// Nil while it is not known.
    public let toReceive_bytes: Int?
}
