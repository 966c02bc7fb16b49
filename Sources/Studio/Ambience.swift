package import Foundation
package import Media

/// Sound beds made by ffmpeg alone, the same bytes every time: recipes by the words of the shot and its place
/// (measured levels beside each; `volume` brings them to a bed's loudness).
package enum Ambience {
    /// Which recipes a shot's words ask for, loudest first, with their gain in decibels.
    package static func choose(words: String, place: String, time: String, isExterior: Bool) -> [(
        name: String, gain: Int
    )] {
        var chosen: [(String, Int)] = []
        func add(_ name: String, _ gain: Int) {
            if !chosen.contains(where: { $0.0 == name }) { chosen.append((name, gain)) }
        }
        let all = words + ". " + place
        if all.says("rain", "storm", "downpour", "drizzle") { add("rain", 4) }
        if all.says(
            "sea", "ocean", "wave", "surf", "beach", "strait", "harbor", "harbour", "tide", "ferry deck", "coast",
            "shore")
        {
            add("ocean", 3)
        }
        if all.says("engine", "motor", "boiler", "machine", "hum", "generator", "ferry")
            && (!isExterior || all.says("engine"))
        {
            add("engine", 2)
        }
        if all.says("fire", "hearth", "firebox", "stove", "campfire") { add("fire", 3) }
        if all.says(
            "crowd", "market", "saloon", "bar", "pub", "cafe", "murmur", "passenger", "station", "party", "chatter")
        {
            add("crowd", 0)
        }
        if all.says("traffic", "street", "freeway", "city", "road", "car") { add("traffic", 3) }
        if all.says(
            "wind", "storm", "mountain", "desert", "snow", "hill", "deck", "roof", "dome", "observatory", "gale")
            && isExterior
        {
            add("wind", 3)
        }
        if isExterior, time == "night" || all.says("cricket") { add("crickets", -2) }
        if isExterior, chosen.isEmpty { add("wind", 0) }
        if !isExterior { add("room", 14) }
        return Array(chosen.prefix(3))
    }

    /// The graph for a bed of chosen recipes, ending in `[out]`.
    static func graph(_ chosen: [(name: String, gain: Int)]) -> String {
        var parts: [String] = []
        for (index, choice) in chosen.enumerated() {
            // Labels of one recipe must not meet another's.
            let recipe = (recipes[choice.name] ?? "").replacing(labels) { "[r\(index)\($0.output.1)]" }
            parts.append(recipe + ";[r\(index)out]volume=\(choice.gain)dB[mix\(index)]")
        }
        let inputs = chosen.indices.map { "[mix\($0)]" }.joined()
        parts.append("\(inputs)amix=inputs=\(chosen.count):normalize=0,alimiter=limit=0.7:level=false[out]")
        return parts.joined(separator: ";\n")
    }

    nonisolated(unsafe) private static let labels = /\[([a-z][a-z0-9]*)\]/  // A regex literal is immutable.

    /// Makes a bed: stereo, 48 kHz, 16 bit.
    package static func make(
        _ chosen: [(name: String, gain: Int)], seconds: Int, output: URL, in folder: URL
    ) async throws(ToolError) {
        let script = folder.appendingPathComponent("bed.txt")
        do {
            try Data(graph(chosen).utf8).write(to: script)
        } catch {
            throw .file(operation: "writing", path: script.path, reason: error.localizedDescription)
        }
        try await Tool.ffmpeg.run(
            [
                "-nostdin", "-v", "error", "-y", "-filter_complex_script", script.path, "-map", "[out]", "-t",
                "\(seconds)",
            ]
                + ["-ar", "48000", "-ac", "2", "-c:a", "pcm_s16le", "-fflags", "+bitexact", "-f", "wav", output.path],
            in: folder)
    }

    private static func noise(_ colour: String, _ amplitude: String, _ seed: Int, _ name: String) -> String {
        "anoisesrc=r=48000:c=\(colour):a=\(amplitude):seed=\(seed)[\(name)l];"
            + "anoisesrc=r=48000:c=\(colour):a=\(amplitude):seed=\(seed + 1)[\(name)r];[\(name)l][\(name)r]join=inputs=2:channel_layout=stereo"
    }

    private static func envelope(_ left: String, _ right: String, _ name: String) -> String {
        // Nothing in an envelope is faster than a few hertz: evaluating it 2,400 times a second is plenty.
        "aevalsrc=exprs='\(left)|\(right)':s=2400:c=stereo,aresample=48000[\(name)]"
    }

    static let recipes: [String: String] = [
        "rain": [
            noise("white", "0.5", 101, "w")
                + ",highpass=f=900,lowpass=f=9500,equalizer=f=3500:t=q:w=0.8:g=-4,volume=0.13[bed]",
            "aevalsrc=exprs='if(eq(n,0),st(0,7))*0+if(lt(random(0),0.0004),random(0)*2-1,0)|if(eq(n,0),st(1,977))*0+if(lt(random(1),0.0004),random(1)*2-1,0)':s=48000:c=stereo,asplit=2[ia][ib]",
            "[ia]bandpass=f=2600:t=q:w=5,volume=2.2[da]", "[ib]bandpass=f=5200:t=q:w=4,volume=1.8[db]",
            "[bed][da][db]amix=inputs=3:normalize=0,volume=-2dB[out]",
        ].joined(separator: ";"),
        "wind": [
            noise("brown", "0.9", 201, "a") + ",highpass=f=60,lowpass=f=700,volume=0.5[body]",
            envelope(
                "max(0.12,0.42+0.34*sin(2*PI*t/7.3)*sin(2*PI*t/11.9+1)+0.2*sin(2*PI*t/3.7+2))",
                "max(0.12,0.42+0.34*sin(2*PI*t/7.3+0.5)*sin(2*PI*t/11.9+1.3)+0.2*sin(2*PI*t/3.7+2.6))", "ea"),
            "[body][ea]amultiply[ga]", noise("pink", "0.9", 203, "p") + ",bandpass=f=620:t=q:w=14,volume=2.2[wh]",
            envelope(
                "pow(max(0,sin(2*PI*t/9.1+0.7)*sin(2*PI*t/5.3)),2)",
                "pow(max(0,sin(2*PI*t/9.1+1)*sin(2*PI*t/5.3+0.2)),2)", "eb"),
            "[wh][eb]amultiply[gb]", "[ga][gb]amix=inputs=2:normalize=0,volume=-5dB[out]",
        ].joined(separator: ";"),
        "crickets": [
            "aevalsrc=exprs='0.2*sin(2*PI*4480*t)*lt(mod(t,0.62),0.17)*pow(max(0,sin(2*PI*29*mod(t,0.62))),2)+0.07*sin(2*PI*4930*t)*lt(mod(t+0.21,0.71),0.2)*pow(max(0,sin(2*PI*33*mod(t+0.21,0.71))),2)|0.05*sin(2*PI*4480*t)*lt(mod(t,0.62),0.17)*pow(max(0,sin(2*PI*29*mod(t,0.62))),2)+0.19*sin(2*PI*4930*t)*lt(mod(t+0.21,0.71),0.2)*pow(max(0,sin(2*PI*33*mod(t+0.21,0.71))),2)':s=48000:c=stereo,aecho=0.9:0.5:37|71:0.25|0.15[cr]",
            noise("brown", "0.5", 301, "n") + ",lowpass=f=500,volume=0.06[air]",
            "[cr][air]amix=inputs=2:normalize=0[out]",
        ].joined(separator: ";"),
        "traffic": [
            noise("brown", "0.9", 401, "a") + ",highpass=f=35,lowpass=f=260,volume=0.22[bed]",
            noise("pink", "0.9", 403, "c") + ",highpass=f=120,lowpass=f=1100,volume=0.35[tyre]",
            envelope(
                "exp(-pow((mod(t+3,13)-6.2)/1.6,2))+0.6*exp(-pow((mod(t+9,17)-8)/2.2,2))",
                "exp(-pow((mod(t+3,13)-6.8)/1.6,2))+0.6*exp(-pow((mod(t+9,17)-7.4)/2.2,2))", "env"),
            "[tyre][env]amultiply[pass]", "[bed][pass]amix=inputs=2:normalize=0,lowpass=f=1500,volume=-3dB[out]",
        ].joined(separator: ";"),
        "room": [
            noise("brown", "0.6", 501, "a") + ",highpass=f=40,lowpass=f=1800,volume=0.035[air]",
            noise("pink", "0.6", 503, "b") + ",lowpass=f=6000,volume=0.004[hiss]",
            "aevalsrc=exprs='0.0016*sin(2*PI*50*t)+0.0008*sin(2*PI*100*t+1)|0.0015*sin(2*PI*50*t+0.2)+0.0008*sin(2*PI*100*t+1.1)':s=48000:c=stereo[hum]",
            "[air][hiss][hum]amix=inputs=3:normalize=0[out]",
        ].joined(separator: ";"),
        "crowd": [
            "anoisesrc=r=48000:c=pink:a=0.9:seed=1001,asplit=2[va][vb]",
            "anoisesrc=r=48000:c=pink:a=0.9:seed=1002,asplit=2[vc][vd]",
            "[va]bandpass=f=480:t=q:w=5[fa]", "[vb]bandpass=f=1350:t=q:w=7[fb]", "[vc]bandpass=f=390:t=q:w=5[fc]",
            "[vd]bandpass=f=1750:t=q:w=7[fd]", "[fa][fb]amix=inputs=2:normalize=0[sa]",
            "[fc][fd]amix=inputs=2:normalize=0[sb]",
            "aevalsrc=exprs='max(0,sin(2*PI*4.1*t+2*sin(2*PI*t/3.1)))*(0.5+0.5*sin(2*PI*t/2.3))':s=2400,aresample=48000[ma]",
            "aevalsrc=exprs='max(0,sin(2*PI*4.9*t+2.2*sin(2*PI*t/2.7)+1))*(0.5+0.5*sin(2*PI*t/3.1+2))':s=2400,aresample=48000[mb]",
            "[sa][ma]amultiply,pan=stereo|c0=0.8*c0|c1=0.3*c0[pa]",
            "[sb][mb]amultiply,pan=stereo|c0=0.3*c0|c1=0.8*c0[pb]",
            noise("pink", "0.9", 1_004, "b") + ",highpass=f=250,lowpass=f=2200,volume=0.05[bed]",
            "[pa][pb][bed]amix=inputs=3:normalize=0,aecho=0.8:0.6:43|97|151:0.35|0.25|0.18,lowpass=f=3800,volume=9dB[out]",
        ].joined(separator: ";"),
        "fire": [
            noise("brown", "0.9", 601, "a") + ",highpass=f=50,lowpass=f=420[rb]",
            envelope(
                "0.5+0.2*sin(2*PI*t/1.7)*sin(2*PI*t/0.61)+0.12*sin(2*PI*3.1*t+sin(2*PI*t/2.3))",
                "0.5+0.2*sin(2*PI*t/1.9+1)*sin(2*PI*t/0.67)+0.12*sin(2*PI*2.7*t+sin(2*PI*t/2.9))", "re"),
            "[rb][re]amultiply,volume=0.35[roar]",
            "aevalsrc=exprs='if(eq(n,0),st(0,31))*0+if(lt(random(0),0.00011),(random(0)-0.5)*2,0)|if(eq(n,0),st(1,733))*0+if(lt(random(1),0.00011),(random(1)-0.5)*2,0)':s=48000:c=stereo,asplit=2[ia][ib]",
            "[ia]bandpass=f=1300:t=q:w=3,volume=3.2[ca]", "[ib]bandpass=f=3400:t=q:w=4,volume=2.2[cb]",
            "[roar][ca][cb]amix=inputs=3:normalize=0,volume=-1dB[out]",
        ].joined(separator: ";"),
        "ocean": [
            noise("pink", "0.9", 701, "a") + ",lowpass=f=900,highpass=f=40[low]",
            envelope(
                "0.18+0.55*pow(0.5+0.5*sin(2*PI*t/9.7-1.2),3)+0.25*pow(0.5+0.5*sin(2*PI*t/7.1+0.8),4)",
                "0.18+0.55*pow(0.5+0.5*sin(2*PI*t/9.7-1.6),3)+0.25*pow(0.5+0.5*sin(2*PI*t/7.1+0.4),4)", "ea"),
            "[low][ea]amultiply,volume=0.55[swell]",
            noise("white", "0.5", 703, "f") + ",highpass=f=1400,lowpass=f=8000[foam]",
            envelope(
                "0.02+0.5*pow(0.5+0.5*sin(2*PI*t/9.7-2.1),6)+0.2*pow(0.5+0.5*sin(2*PI*t/7.1-0.1),7)",
                "0.02+0.5*pow(0.5+0.5*sin(2*PI*t/9.7-2.5),6)+0.2*pow(0.5+0.5*sin(2*PI*t/7.1-0.5),7)", "eb"),
            "[foam][eb]amultiply,volume=0.22[wash]", "[swell][wash]amix=inputs=2:normalize=0[out]",
        ].joined(separator: ";"),
        "engine": [
            "aevalsrc=exprs='0.22*sin(2*PI*41*t+0.3*sin(2*PI*0.7*t))+0.16*sin(2*PI*82*t+0.6*sin(2*PI*0.7*t)+1)+0.1*sin(2*PI*123*t+2)+0.06*sin(2*PI*205*t)|0.22*sin(2*PI*41*t+0.3*sin(2*PI*0.7*t)+0.2)+0.16*sin(2*PI*82*t+0.6*sin(2*PI*0.7*t)+1.3)+0.1*sin(2*PI*123*t+2.2)+0.06*sin(2*PI*205*t+0.4)':s=48000:c=stereo,tremolo=f=10.25:d=0.25[harm]",
            noise("brown", "0.9", 801, "a") + ",bandpass=f=180:t=q:w=0.7,tremolo=f=20.5:d=0.4,volume=0.1[nz]",
            noise("pink", "0.9", 803, "b") + ",highpass=f=1500,lowpass=f=5000,volume=0.012[air]",
            "[harm][nz][air]amix=inputs=3:normalize=0,lowpass=f=6000,volume=-14dB[out]",
        ].joined(separator: ";"),
    ]
}
