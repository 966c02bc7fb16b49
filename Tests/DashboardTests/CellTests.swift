import Dashboard
import Testing

@Suite("Cells")
struct CellTests {
    @Test(
        "names cannot speak to the terminal",
        arguments: [
            ("plain", "plain"), ("a\u{1B}[31mb", "a␛[31mb"), ("tab\there", "tab␉here"), ("\u{7F}x", "�x"),
            ("a\u{202E}b", "a�b"), ("\u{9B}31m", "�31m"), ("é", "é"), ("e\u{301}", "e\u{301}"),
        ])
    func harmless(_ text: String, _ shown: String) {
        #expect(CellText.pieces(text).map(\.text).joined() == shown)
    }

    @Test(
        "wide characters take two columns, marks none",
        arguments: [
            ("abc", 3), ("漢字", 4), ("é", 1), ("e\u{301}x", 2), ("🎬", 2), ("한", 2), ("\u{301}", 1), ("❤\u{FE0F}", 2),
            ("", 0),
        ])
    func widths(_ text: String, _ width: Int) { #expect(CellText.width(text) == width) }
}
