import Foundation
import Media
import Protocol
import TestKit
import Testing

/// What a clip's header and a look at all of it come to: pure.
@Suite("The gate for clips")
struct FootageTests {
    private func footage(_ milliseconds: Int = 5_000, _ change: (inout Footage) -> Void = { _ in }) -> Footage {
        var footage = Footage()
        (footage.codec, footage.width, footage.height) = ("h264", 1_920, 1_080)
        (footage.frames, footage.milliseconds) = (milliseconds * 24 / 1_000, milliseconds)
        change(&footage)
        return footage
    }

    private var wish: Footage.Wish { Footage.Wish(frames: 96, fps: 24, width: 1_920, height: 1_080) }

    private func kinds(_ footage: Footage, _ wish: Footage.Wish? = nil) -> [Finding.Kind] {
        footage.findings(for: wish ?? self.wish).map(\.kind)
    }

    @Test func aGoodClipHasNothing() { #expect(kinds(footage()).isEmpty) }

    @Test func eachFaultIsNamed() {
        #expect(kinds(footage { $0.black = [.init(from: 1_000, to: 2_000)] }) == [.black])
        #expect(kinds(footage { $0.frozen = [.init(from: 2_000, to: 3_000)] }) == [.frozen])
        #expect(kinds(footage(2_000)) == [.tooShort])
        #expect(kinds(footage { ($0.width, $0.height) = (320, 180) }) == [.tooSmall])
        #expect(kinds(footage { ($0.width, $0.height) = (1_080, 1_920) }) == [.otherShape])
        #expect(kinds(footage { $0.frames = 0 }) == [.noPicture])
        #expect(kinds(footage(2_000_000)) == [.tooLong])
        #expect(kinds(footage { $0.cuts = [2_000] }) == [.cutInside])
        #expect(kinds(footage { $0.cuts = [4_900] }).isEmpty, "behind the shot's end nobody sees it")
        let message = footage(2_000).findings(for: wish).first?.message
        #expect(message == "it is 2.0 s long, the shot needs 4.0 s")
    }

    @Test func thresholdsAreTheProfiles() {
        var wish = wish
        wish.limits[.black] = 1_500
        #expect(kinds(footage { $0.black = [.init(from: 1_000, to: 2_000)] }, wish).isEmpty)
        wish.limits[.held] = 48
        #expect(kinds(footage(2_000), wish).isEmpty)
    }

    @Test func soundIsAskedForOnlyWhereItMatters() {
        let silent = footage {
            $0.hasSound = true
            $0.silent = [.init(from: 0, to: 4_000)]
        }
        #expect(kinds(silent).isEmpty)
        var wish = wish
        wish.needsSound = true
        #expect(kinds(silent, wish) == [.silent])
        #expect(kinds(footage(), wish) == [.silent], "no sound at all is no silence found")
    }

    @Test func ourOwnMayStandStill() {
        var wish = wish
        wish.isOurs = true
        let still = footage {
            $0.frozen = [.init(from: 0, to: 5_000)]
            $0.black = [.init(from: 0, to: 5_000)]
        }
        #expect(kinds(still, wish).isEmpty)
        #expect(Set(kinds(still)) == [.frozen, .black])
    }

    @Test func aStillHeadIsTrimmedWhereThereIsRoom() {
        let clip = footage { $0.frozen = [.init(from: 0, to: 800)] }
        #expect(clip.fit(for: wish)?.skipMilliseconds == 800)
        #expect(kinds(clip).isEmpty)
        let tight = footage(4_200) { $0.frozen = [.init(from: 0, to: 800)] }
        #expect(tight.fit(for: wish)?.skipMilliseconds == 200)
        #expect(kinds(tight) == [.frozen])
    }

    @Test func aLittleShortIsHeldMoreIsSlowedMuchIsRefused() {
        #expect(footage(3_800).fit(for: wish) == Footage.Fit())
        #expect(footage(3_700).fit(for: wish)?.stretchThousandths == 1_082)
        #expect(footage(3_600).fit(for: wish) == nil)
        #expect(footage(0).fit(for: wish) == nil)
    }

    @Test func damageMayNotComeAgainTheRestWould() {
        for kind in [Finding.Kind.damaged, .noPicture, .tooLarge] {
            #expect(Finding(kind, "").failureClass == .workerFault)
        }
        for kind in [Finding.Kind.black, .frozen, .tooShort] { #expect(Finding(kind, "").failureClass == .inputFault) }
        #expect(!Finding(.cutInside, "").isRefusal && !Finding(.otherShape, "").isRefusal)
    }

    @Test func whatWasSeenIsRead() {
        var clip = footage()
        clip.watched(
            """
            frame:12 pts:1 pts_time:0.5
            lavfi.black_start=0.5
            frame:24 pts:2 pts_time:1
            lavfi.black_end=1
            lavfi.freezedetect.freeze_start=2.25
            lavfi.scd.score=0.2
            lavfi.scd.time=3.125
            """, "lavfi.silence_start=0\nlavfi.silence_end=1.5\nlavfi.silence_start=-3\nnonsense=1\n")
        #expect(clip.black == [.init(from: 500, to: 1_000)])
        #expect(clip.frozen == [.init(from: 2_250, to: 5_000)], "what has no end lasts to the clip's")
        #expect(clip.cuts == [3_125])
        #expect(clip.silent == [.init(from: 0, to: 1_500), .init(from: 0, to: 5_000)])
    }

    @Test(arguments: [
        "", "{}", "[]", "{\"streams\": []}", "{\"streams\": [{\"codec_type\": \"audio\"}]}", "<html>",
        "{\"streams\": [{\"codec_type\": \"video\", \"disposition\": {\"attached_pic\": 1}}]}",
    ])
    func answersWithoutAPictureAreNone(text: String) { #expect(Footage(probe: text) == nil) }

    @Test func rotationAndPixelShapeAreSeenThrough() {
        let clip = Footage(
            probe: """
                {"streams": [{"codec_type": "video", "codec_name": "h264", "width": 1440, "height": 1080,
                  "sample_aspect_ratio": "4:3", "avg_frame_rate": "25/1", "nb_read_packets": "50",
                  "field_order": "tt", "color_transfer": "smpte2084",
                  "side_data_list": [{"rotation": -90}]}], "format": {"duration": "99"}}
                """)
        #expect(clip?.width == 1_080)
        #expect(clip?.height == 1_920)
        #expect(clip?.milliseconds == 2_000, "by its own packets, not by the file's length")
        #expect(clip?.isInterlaced == true && clip?.isHDR == true)
    }

    /// Numbers that cannot be are numbers all the same: no crash.
    @Test(arguments: ["1e400", "-5", "nan", "inf", "99999999999999999999"])
    func impossibleLengthsDoNotCrash(text: String) {
        let clip = Footage(
            probe:
                "{\"streams\": [{\"codec_type\": \"video\", \"width\": 2, \"height\": 2, \"duration\": \"\(text)\"}]}")
        #expect((clip?.milliseconds ?? 0) >= 0)
    }
}
