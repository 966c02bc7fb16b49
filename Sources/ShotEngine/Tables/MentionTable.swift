/// Words that decide whether somebody named is there to be seen.
enum MentionTable {
    /// What is somebody's without them: Hask's house stands without Hask.
    static let belongings = words(
        """
        house home room apartment flat office car truck van bike motorcycle boat ship yacht plane cabin cottage desk chair bed
        bedroom bathroom grave tomb gravestone headstone portrait photo picture photograph painting statue name voice letter
        note diary journal message text email number handwriting signature father mother brother sister wife husband son
        daughter parents family friend friends uncle aunt cousin grandfather grandmother child children kids baby boss
        death funeral absence plan plans idea story words memory past law theory place street shop store bar farm ranch
        land porch seat locker address birthday wedding party dream dreams secret secrets reputation debt money empire
        company business men gang crew team people army ghost side spot stall trailer tent workshop studio garage
        kitchen door window windows gate barn garden yard driveway mailbox file files folder report profile account
        badge_number records record song album book novel article footsteps laughter breathing breath scream cry shout
        shouts song singing laugh laughter whistle whistling cough snoring car's radio voicemail ringtone phone_number orders instructions advice warning
        promise claim claims version testimony statement will estate trial case verdict sentence cell bunk bail
        pov bedside old_room headlights taillights engine horn silhouette's shadow's obituary resume application
        """)
    /// What is somebody's body, or part of how they are seen: never absent while they are named by it.
    static let body = words(
        """
        hand hands arm arms leg legs foot feet head face eye eyes mouth lip lips ear ears nose hair neck shoulder shoulders
        back chest finger fingers thumb thumbs fist fists knee knees elbow elbows wrist wrists palm palms cheek cheeks
        brow jaw chin forehead body skin blood tears tear gaze stare smile grin frown expression breath heart knuckles
        throat stomach waist hip hips toe toes heel heels ankle ankles tongue teeth eyebrow eyebrows shadow reflection
        silhouette grip step steps side figure
        """)
    /// Nobody in particular.
    static let strangers = words(
        "figure stranger man woman boy girl child shape silhouette voice person youth passer-by")
    /// Kin, by gender.
    static let female = words("sister mother daughter wife aunt grandmother niece mom mum")
    static let male = words("brother father son husband uncle grandfather nephew dad")
    /// Who goes with somebody: "his men".
    static let followers = words(
        "men people crew gang team soldiers guards riders deputies goons thugs entourage troops posse")
    /// Absence said before the thing.
    static let empty = words(
        "empty abandoned discarded missing forgotten deserted vacant unmade unoccupied untouched late")
    /// Pictures and traces of somebody: a photo of Mara.
    static let images = words(
        """
        photo photos photograph photographs picture pictures portrait painting statue sketch drawing poster bust memory
        memories thought thoughts dream dreams name names news word words sign signs trace traces story stories image
        images video footage silhouette sight sound smell mention rumor rumors rumour rumours idea ghost statuette
        engraving mugshot snapshot polaroid selfie caricature carving effigy hologram recording death grave tomb
        absence likeness polaroids
        """)
    /// Verbs whose "his" and "her" are another's.
    static let contact = words(
        "grab take hold touch slap kiss catch pull hit strike squeeze seize clutch grip snatch stroke pat follow watch meet twist"
    )
    /// Verbs of one's own eyes and hands.
    static let bodily = words(
        "open close shut wipe rub wring clasp fold dry raise lower clench unclench narrow blink flex")
    /// What a name behind a colon is seen on.
    static let pictures = words(
        "photo photograph picture portrait poster painting drawing sketch snapshot polaroid screen mugshot")
    /// Verbs that want somebody who is not there, with their preposition.
    static let wanting: [String: Set<String>] = [
        "wait": ["for", "on"], "look": ["for"], "search": ["for"], "hope": ["for"], "long": ["for"], "yearn": ["for"],
        "pray": ["for"], "mourn": ["for"], "grieve": ["for"], "ask": ["for", "about", "after"], "call": ["for"],
        "shout": ["for"], "scan": ["for"], "watch": ["for"], "listen": ["for"], "think": ["of", "about"],
        "dream": ["of", "about"], "talk": ["about", "of"], "speak": ["of", "about"], "wonder": ["about"],
        "worry": ["about"], "know": ["of", "about"], "hear": ["from", "about", "of"], "forget": ["about"],
        "read": ["about"], "write": ["to", "about"], "belong": ["to"], "lie": ["about"], "joke": ["about"],
        "gossip": ["about"], "argue": ["about"], "hunt": ["for"], "phone": ["for"], "text": [],
    ]
    /// Verbs whose object is not there.
    static let missing = words(
        "miss remember recall imagine mention await expect forget hear phone dial text email ring_up mourn name")
    /// What comes from or is meant for somebody elsewhere.
    static let sent = words(
        """
        letter letters message messages text texts call calls note notes postcard gift present package parcel email emails
        voicemail telegram invitation card envelope flowers bouquet words word news orders summons warning
        """)
    /// What somebody is said to be when not there.
    static let gone = words(
        "gone missing absent nowhere vanished disappeared elsewhere late overdue away")
    /// Pasts that tell of somebody's being there before.
    static let leftBehind = words(
        """
        stood sat was had lay used fell died left waited disappeared vanished slept knelt lived worked gave dropped made built
        bought wrote wore kept hid promised said told once
        """)
    static let written = words(
        "reads says reading saying spells spelling signed marked labelled labeled titled headlined lists listing carved etched stencilled stenciled stitched embroidered"
    )

    static func words(_ text: String) -> Set<String> { Set(WordTable.list(text)) }
}
