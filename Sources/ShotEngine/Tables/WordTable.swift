/// Closed classes of English words: few, and known in full.
enum WordTable {
    static let determiners = "a an the this that these those some any each every no another either neither both all"
    static let possessives = "my your his her its our their whose"
    static let subjectPronouns = "i you he she it we they who"
    static let objectPronouns = "me him her us them whom"
    static let prepositions = """
        about above across after against along alongside amid among amongst around as at atop before behind below beneath
        beside besides between beyond by despite down during except for from in inside into like near of off on onto opposite
        out outside over past per round since than through throughout till to toward towards under underneath until unto up
        upon via with within without
        """
    static let conjunctions =
        "and but or nor so yet because although though while when whenever where wherever if unless as than"
    static let auxiliaries = """
        is are was were am be been being has have had do does did can could may might must shall should will would won't
        can't doesn't isn't aren't wasn't weren't hasn't don't didn't couldn't wouldn't
        """
    /// Words that may end a clause but not a phrase that is cut out of one.
    static let relatives = "that which who whom whose"
    static let numbers = """
        one two three four five six seven eight nine ten eleven twelve dozen hundred several few many both half
        """
    static let adverbs = """
        again almost alone already also always away back barely even ever finally first forward hard here home just last late
        long low more much nearly never next now often once only quickly quite rather really right simply slightly slowly
        softly still suddenly then there together too tight twice very well apart aside ahead aloud upward downward forwards
        backwards backward sideways upstairs downstairs indoors outdoors nearby yet hardly instead instantly overhead
        underfoot abruptly
        """
    /// Adjectives that often stand before the noun of a screen direction, so that a phrase is not cut behind one.
    static let adjectives = """
        big small large little huge tiny old young new long short tall wide narrow thick thin heavy light dark bright pale
        red green blue white black grey gray yellow brown golden silver wooden stone metal iron steel brass leather glass
        plastic cold hot warm wet dry dirty clean empty full open closed broken cracked torn bloody dusty rusty battered
        ancient modern cheap expensive soft hard sharp smooth rough round square flat deep shallow high low fast slow quiet
        loud silent strange familiar beautiful ugly good bad wrong right left final first last second third single double
        whole half own other same different swollen wounded sealed folded crumpled rolled loaded locked parked spare
        telescoping rotating revolving swinging sliding burning smoking dripping bleeding sleeping rocking folding
        """

    /// Words that join what others say about the people of a scene.
    static let groupWords = "both everyone everybody"

    static func list(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\n" }.map(String.init)
    }
}
