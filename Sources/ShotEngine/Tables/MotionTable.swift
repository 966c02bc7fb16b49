/// Words that decide where a phrase of motion may end.
enum MotionTable {
    /// A phrase that would end in one gets an adverb: "climbs out" alone reads as cut off.
    static let particles = words(
        """
        up down in out on off over through around by past along across inside outside behind beside under below above near
        aboard to about after before opposite beneath round
        """)
    /// Objects that end a clause well.
    static let objects = words("him them it you us me her")
    /// Of the words a phrase may not end in those that are no sign of a cut by themselves: lists of other tools are judged
    /// by what is surely broken.
    static let mayEnd = words("her him them it you us me that this these those all both each do does have so yet one")
    /// Words in -ing and adjectives that are nouns too: "the landing", "the left".
    static let nouns = words(
        """
        left right dark light cold open other second first last white black red green metal glass iron stone building ceiling
        clearing landing railing wedding evening morning opening painting drawing ring king thing string wing spring swing
        meeting hearing crossing awning lightning clothing parking lighting living being beginning ending warning greeting
        feeling blessing reading recording gathering half whole same good wrong deep quiet silence rest sling sibling
        darling sterling railing bearing covering dressing icing lining mooring ironing pudding sapling scaffolding shilling
        siding stocking filling flooring footing crossing casing boxing racing fighting dancing singing ceiling wiring
        breathing offering plumbing duckling seedling earring herring viking viewing steel leather plastic gold silver wood
        fire square round flat hard cool ground high low deep single double round present past cold warm final other
        """)

    static func words(_ text: String) -> Set<String> { Set(WordTable.list(text)) }
}
