public import Cryptography
public import SignedEnvelopes
public import TrainModel
import NIOCore
import SwiftProtobuf
import WireMessages

/// An order, signed once and ready for any number of hosts.
public struct SealedOrder: Sendable {
    public let envelope: Envelope
    /// SHA-256 of the envelope's payload: what receipts call `orderDigest`.
    public let digest: Digest
    /// The one frame that every host gets.
    let frame: ByteBuffer
}

/// An order whose signature holds.
public struct OpenedOrder: Sendable {
    public let order: Verified<Order>
    /// SHA-256 of the envelope's payload.
    public let digest: Digest
}

public enum OrderCodec {
    /// Encodes, deflates and signs an order.
    ///
    /// - Throws: `LinkError` naming the field that no agent would accept, or `frameTooLarge` beyond 256 KiB;
    ///   `EnvelopeError`; what the key throws.
    public static func seal(_ order: Order, with key: PrivateKey) throws -> SealedOrder {
        try seal(Envelope.sign(order, with: [key]))
    }

    /// Makes a signed order ready to be sent once more, after the controller has read it back from its store.
    public static func seal(_ envelope: Envelope) throws -> SealedOrder {
        SealedOrder(
            envelope: envelope,
            digest: SHA256.digest(of: envelope.payload),
            frame: try ControllerFrame.order(envelope: envelope)
        )
    }

    /// Verifies an order, and only then inflates (at most 4 MiB and 100:1) and decodes it.
    ///
    /// - Throws: `EnvelopeError` when it is not signed as it must be; `LinkError` naming the field that breaks its rule.
    public static func open(_ envelope: Envelope, with verifier: Verifier) throws -> OpenedOrder {
        OpenedOrder(
            order: try verifier.verify(envelope, as: Order.self),
            digest: SHA256.digest(of: envelope.payload)
        )
    }
}

extension OrderCodec {
    /// Whom an order is for, where its signature holds and this version does not understand the whole of it: enough to
    /// refuse it by its name, and for nothing else.
    ///
    /// - Throws: `EnvelopeError` when it is not signed as it must be; `LinkError` where not even so much can be read.
    public static func addressees(of envelope: Envelope, with verifier: Verifier) throws -> Verified<OrderAddressees> {
        try verifier.verify(envelope, as: OrderAddressees.self)
    }
}

/// The part of an order that every version understands.
public struct OrderAddressees: SignedDocument, Sendable {
    public static var payloadType: PayloadType { .order }

    public let id: OrderID
    public let cluster: ClusterName
    public let region: RegionName
    public let hosts: [HostName]

    public init(signedBytes bytes: [UInt8]) throws {
        let wire = try Wavetrain_V1_Order(serializedBytes: bytes)
        id = try Field.orderID(wire.orderID)
        cluster = try Field.name(wire.cluster, "cluster")
        region = try Field.name(wire.region, "region")
        hosts = try Field.list(wire.hosts, count_max: Bounds.hosts_max, "hosts") {
            (host) throws(LinkError) -> HostName in try Field.name(host, "")
        }
    }

    /// Never signed: only read.
    public func signedBytes() throws -> [UInt8] {
        throw LinkError.invalid("order", "Its addressees alone are no order.")
    }
}

public enum ReceiptCodec {
    /// Encodes a receipt and signs it with the host's own key.
    ///
    /// - Throws: `LinkError` naming the field that no controller would accept; what the key throws.
    public static func seal(_ receipt: Receipt, with key: PrivateKey) throws -> Envelope {
        try Envelope.sign(receipt, with: [key])
    }

    /// - Throws: `EnvelopeError` when it is not signed by the host's key; `LinkError` naming the field that breaks its
    ///   rule.
    public static func open(_ envelope: Envelope, with verifier: Verifier) throws -> Verified<Receipt> {
        try verifier.verify(envelope, as: Receipt.self)
    }
}
