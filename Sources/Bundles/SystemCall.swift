import Glibc

/// Calls into the kernel: again when a signal interrupted, and errno told in the bundle's words.
enum SystemCall {
    /// Runs a call that returns a negative number on failure.
    @discardableResult
    static func run<Result: SignedInteger>(
        _ name: String,
        _ path: String,
        _ call: () -> Result
    ) throws(BundleError) -> Result {
        while true {
            let result = call()
            guard result < 0 else { return result }
            let number = errno
            guard number != EINTR else { continue }
            throw error(name, path, number)
        }
    }

    static func error(_ name: String, _ path: String, _ number: Int32) -> BundleError {
        BundleError(code(number), at: path, "\(name): \(String(cString: strerror(number)))")
    }

    private static func code(_ number: Int32) -> BundleError.Code {
        switch number {
        case ENOSPC, EDQUOT, EFBIG: .noSpace
        case EACCES, EPERM, EROFS: .noPermission
        case EEXIST, ENOTEMPTY: .alreadyThere
        case ENOENT, ENOTDIR, ELOOP: .notFound
        default: .systemCall
        }
    }
}
