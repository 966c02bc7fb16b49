/// Words that tell what a paragraph is about, by stem: a stem matches at the start of a word with the endings English
/// gives it, so that "edge" is not in "ledger" nor "love" in "gloves".
enum CueTable {
    /// Verbs and nouns of violence.
    static let climax = """
        explode:v explosion crash:v shatter:v scream:v collapse:v gunshot gunshots blast:v destroy:v slam:v attack:v fight:v
        smash:v detonate:v erupt:v shoot:v stab:v gunfire impact impale:v crush:v strangle:v ignite:v
        """
    static let revelation = """
        discover:v reveal:v realize:v realise:v notice:v find:v uncover:v expose:v recognize:v recognise:v unearth:v
        letter photograph photo message clue secret evidence truth confession realization
        """
    static let emotional = """
        tears tear:n cry:v sob:v weep:v embrace:v kiss:v tremble:v shake:x whisper:x heartbreak grief joy laugh:v smile:v
        hug:v anguish agony mourn:v grieve:v sorrow hold:x comfort:v console:v tearful tearfully overcome
        """
    static let tension = """
        creep:v shadow:n stalk:v hide:v silence silent breath breathless pulse edge:x dark:x lurk:v tense:v tiptoe:v
        sneak:v prowl:v holster:n footsteps creak:v darkness dread motionless listen:v crouch:x held:x wait:v stillness hush
        """
    static let reaction = """
        stare:v freeze:v flinch:v blink:v wince:v hesitate:v recoil:v stiffen:v gasp:v pale:v swallow:v frown:v nod:v
        shrug:v glance:v grimace:v gape:v blush:v shudder:v startle:v gulp:v gawp:v
        """
    /// Shots, when they are written in capitals.
    static let shots = "bang boom blam"
    /// What somebody's hand goes to when words fail.
    static let gestures = "mouth throat heart lips brow forehead"
    /// What one turns to.
    static let sounds = "voice voices sound sounds noise shout scream crash bang footsteps knock gunshot explosion"
    /// Found, and nothing revealed.
    static let nothing = "only nothing nobody none no empty neither"
    static let timeSkip = """
        later montage afterwards
        """
    /// Verbs that take somebody from one place to another.
    static let travel = """
        walk run sprint dash dart stride march stroll stagger stumble crawl climb descend ascend cross enter exit leave
        arrive come go flee follow chase charge rush hurry scramble vault leap jump dive plunge gallop ride drive fly swim
        ascend slide tear hurtle bolt race shoulder limp hobble tiptoe pace wander trudge plod circle approach retreat
        withdraw lead escort
        """
    /// Parts of a face.
    static let face = "eye eyes lip lips mouth brow eyebrow eyebrows chin jaw cheek cheeks face smile tear tears gaze"
    /// Words of a chase or a montage: the scene plays as a sequence.
    static let sequence = "chase chases montage sequence race races racing pursuit stampede"
}
