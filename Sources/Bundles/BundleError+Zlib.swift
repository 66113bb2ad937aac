import Zlib

extension BundleError {
    /// The same trouble in the bundle's words.
    init(_ error: ZlibError) {
        let code: Code =
            switch error.code {
            case .truncated: .truncated
            case .corrupted, .abandoned: .badCompression
            case .trailingBytes: .trailingData
            case .tooLarge: .tooManyBytes
            case .ratioTooHigh: .ratioTooHigh
            case .outOfMemory: .outOfMemory
            }
        self.init(code, at: nil, error.description)
    }

    /// Whatever a stream through zlib, tar and the kernel can throw.
    static func wrapping(_ error: any Error) -> BundleError {
        switch error {
        case let error as BundleError: error
        case let error as ZlibError: BundleError(error)
        default: BundleError(.systemCall, at: nil, "\(error)")
        }
    }
}
