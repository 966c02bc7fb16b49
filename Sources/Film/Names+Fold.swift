internal import Foundation

extension String {
    /// Canonically decomposed scalars (NFD).
    var decomposedForKeys: [Unicode.Scalar] { Array(decomposedStringWithCanonicalMapping.unicodeScalars) }
}
