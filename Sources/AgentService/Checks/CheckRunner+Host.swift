import Glibc
import HostDecisions
import TimeAndChance
import TrainModel

/// Looks at the host's own files and processes. A disk may hang, so they happen on the disk's threads.
extension CheckRunner {
    func lookFile(_ check: FileCheck, _ subject: ServiceHooks.Subject) async -> Look {
        let now = clock()
        return await onDisk { check.look(at: subject.path(of: check.path), now: now) }
    }

    func lookLog(_ check: LogCheck, _ named: Check, _ subject: ServiceHooks.Subject) async -> Look {
        guard let index = subject.deployment.checks.firstIndex(of: named) else { return .blind("it is no check here") }
        return await onDisk {
            try logs.look(check, at: subject.path(of: check.path), LogBook.Key(subject, index), hooks.directories)
        }
    }

    func lookProcess(_ check: ProcessCheck, _ named: Check, _ subject: ServiceHooks.Subject) async -> Look {
        let key = LookMemory.Key(named, subject)
        return await onDisk {
            let before = memory.process(of: key)
            switch processes.find(check, path: subject.path, before: before) {
            case .failure(let absence): return .failed(absence.sentence)
            case .success(let found):
                memory.remember(found, of: key)
                guard let before, before != found else { return .passed }
                return .failed("the process was restarted: \(found.pid) runs, and \(before.pid) ran before")
            }
        }
    }

    private func onDisk(_ body: @escaping @Sendable () throws -> Look) async -> Look {
        do {
            return try await DiskThreads.run(body)
        } catch {
            return .blind("\(error)")
        }
    }
}

extension ServiceHooks.Subject {
    /// Absolute, or inside the release directory.
    func path(of path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }
}

extension FileCheck {
    /// Blocks.
    fileprivate func look(at path: String, now: Instant) -> CheckRunner.Look {
        var status = stat()
        // 0, or -1.
        guard stat(path, &status) == 0 else { return .failed("\(path): \(String(cString: strerror(errno)))") }
        guard status.st_mode & S_IFMT == S_IFREG else { return .failed("\(path) is no regular file") }
        guard Int64(status.st_size) >= size_bytes_min else {
            return .failed("\(path) has \(status.st_size) bytes, less than \(size_bytes_min)")
        }
        let age = now - status.written
        guard let age_max, age > age_max else { return .passed }
        return .failed("\(path) was written \(age) ago, more than \(age_max)")
    }
}
