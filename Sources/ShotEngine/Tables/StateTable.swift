/// What changes people and places, as data (`formats.md` 7).
enum StateTable {
    /// Words that show an injury: what is kept of them.
    static let injuries: [String: String] = [
        "bleeding": "bleeding", "bleeds": "bleeding", "bloodied": "bloodied", "bloody": "bloodied",
        "wounded": "wounded",
        "limping": "limping", "limps": "limping", "bruised": "bruised", "sling": "arm in a sling",
        "bandaged": "bandaged",
        "bandage": "bandaged", "crutches": "on crutches", "crutch": "on a crutch", "scarred": "scarred",
        "handcuffed": "handcuffed", "gagged": "gagged", "burned": "burned", "unconscious": "unconscious",
    ]
    static let dirt: [String: String] = [
        "soaked": "soaked", "drenched": "drenched", "dripping": "dripping wet", "muddy": "muddy", "mud": "muddy",
        "soot": "covered in soot", "dusty": "dusty", "filthy": "filthy", "sweaty": "sweaty", "sweating": "sweaty",
        "bloodstained": "bloodstained", "grimy": "grimy", "wet": "wet",
    ]
    /// What is worn: muddy boots make somebody muddy.
    static let garments: Set<String> = [
        "clothes", "coat", "jacket", "shirt", "blouse", "dress", "suit", "uniform", "trousers", "jeans", "boots",
        "shoes",
        "sleeve", "sleeves", "collar", "cuffs", "gloves", "apron", "overalls", "robe", "gown", "skirt", "sweater",
        "hoodie", "socks", "stockings", "vest", "hem", "cloak",
    ]
    /// Verbs with an object that is worn or held from then on.
    static let dons: Set<String> = ["don", "wear", "button", "zip"]
    static let takes: Set<String> = [
        "grab", "hold", "carry", "draw", "clutch", "grip", "snatch", "take", "aim", "brandish", "unholster",
    ]
    /// What is held on to and stays where it is, or is no thing.
    static let fixtures: Set<String> = [
        "rail", "railing", "lid", "door", "wheel", "handle", "wall", "gate", "edge", "table", "bar", "counter",
        "ladder", "banister",
        "doorframe", "frame", "post", "seat", "place", "breath", "look", "step", "steps", "aim", "turn", "turns",
        "time", "seconds", "note",
        "bow", "attention", "line", "curtain", "curtains", "moment", "beat", "photo", "sip", "stage", "silence", "gaze",
    ]
    static let drops: Set<String> = [
        "drop", "throw", "toss", "hurl", "lose", "lower", "release", "fling", "holster", "pocket", "set",
    ]
    /// What breaks a place for good.
    static let damage: Set<String> = [
        "shatter", "explode", "collapse", "splinter", "crumble", "burst", "burn", "erupt", "crack", "topple", "smash",
    ]
    static let damageable: Set<String> = [
        "window", "windows", "glass", "door", "doors", "wall", "walls", "roof", "ceiling", "floor", "table", "tables",
        "mirror",
        "car", "gate", "bridge", "tower", "engine", "hull", "mast", "windshield", "windscreen", "shelves", "shelf",
        "screen",
        "building", "house", "barn", "ship", "boat", "statue", "column", "columns", "lamp", "lamps", "bulb", "bulbs",
    ]
    static let weather: [String: String] = [
        "rain": "rain", "rains": "rain", "raining": "rain", "drizzle": "drizzle", "downpour": "heavy rain",
        "snow": "snow",
        "snows": "snow", "snowing": "snow", "snowflakes": "snow", "blizzard": "blizzard", "fog": "fog", "mist": "mist",
        "storm": "storm", "thunder": "thunderstorm", "lightning": "thunderstorm", "hail": "hail", "sleet": "sleet",
        "sandstorm": "sandstorm", "gale": "gale",
    ]
    static let lights: Set<String> = [
        "light", "lights", "lamp", "lamps", "bulb", "bulbs", "power", "candle", "candles", "torch",
    ]
    static let lightsOut: Set<String> = ["die", "fail", "cut", "dim", "flicker", "extinguish", "vanish"]
    static let lightsOn: Set<String> = ["return", "flare", "blaze", "come", "ignite", "light"]
}
