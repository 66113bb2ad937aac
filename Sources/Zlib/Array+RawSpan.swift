extension Array<UInt8> {
    /// Appends a copy of the span's bytes.
    mutating func append(contentsOf span: RawSpan) {
        span.withUnsafeBytes { append(contentsOf: $0) }
    }
}
