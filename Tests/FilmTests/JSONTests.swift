import Film
import Foundation
import TestKit
import Testing

@Suite("JSON that keeps what it does not know")
struct JSONTests {
    @Test func aRewriteChangesNothing() throws {
        let text = "{\n  \"b\": 1.50,\n  \"a\": [\n    true,\n    null,\n    \"x\\\"\\n雪\"\n  ],\n  \"e\": {}\n}\n"
        #expect(try JSON(text: Array(text.utf8)).text == text)
    }

    @Test(arguments: [
        ("{\"a\": 1,}", 1, 9, "a name in quotes should be here"),
        (
            "{\n \"a\": NaN\n}", 2, 7,
            "a value should be here (text in quotes, a number, true, false, null, a list or an object)"
        ),
        ("[1 2]", 1, 4, "a comma or a closing bracket should be here"),
        ("", 1, 1, "the text ends where a value should be"),
        ("\"ab", 1, 4, "the text ends inside a string"),
        ("{} x", 1, 4, "nothing may follow the value"),
    ]) func faultsNameTheirPlace(text: String, line: Int, column: Int, reason: String) {
        #expect(throws: JSONFault(line: line, column: column, reason: reason)) { try JSON(text: Array(text.utf8)) }
    }

    @Test func textThatIsNotUTF8IsNamed() {
        #expect(throws: JSONFault(line: 2, column: 4, reason: "the text is not UTF-8 here")) {
            try JSON(text: Array("{\n \"é".utf8) + [0xFF, 0x22])
        }
    }

    @Test func nestingHasALimit() {
        #expect(throws: JSONFault.self) { try JSON(text: Array(String(repeating: "[", count: 100_000).utf8)) }
    }

    @Test func escapes() throws {
        #expect(try JSON(text: Array(#""😀A\/""#.utf8)).string == "😀A/")
    }
}
