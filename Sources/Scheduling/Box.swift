/// A value that is never changed, kept once: what holds it is copied by one reference.
///
/// Tables of the cluster are persistent trees whose nodes hold up to 32 records: a changed record copies its neighbours.
final class Box<Value: Sendable & Equatable>: Sendable, Equatable {
    let value: Value

    init(_ value: Value) { self.value = value }

    static func == (left: Box, right: Box) -> Bool { left === right || left.value == right.value }
}
