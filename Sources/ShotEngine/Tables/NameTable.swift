/// Names, titles and trades of people.
enum NameTable {
    static let titles = """
        mr mrs ms miss mister madam madame dr doctor captain capt professor prof sir lady lord sergeant sgt detective officer
        uncle aunt auntie father sister brother mother reverend rev judge justice colonel col general gen major maj lieutenant
        lt corporal cpl private commander admiral senator governor mayor president king queen prince princess duke duchess
        count countess baron inspector agent coach chief sheriff deputy marshal nurse chef brother granny grandma grandpa
        old young big little saint st don dona señor señora monsieur herr frau ensign cadet constable
        """
    /// Which gender a title has.
    static let maleTitles =
        "mr mister sir lord uncle father brother king prince duke baron grandpa herr monsieur señor count don"
    static let femaleTitles = """
        mrs ms miss madam madame lady aunt auntie sister mother queen princess duchess countess granny grandma frau señora dona
        """
    static let maleWords = """
        man boy guy gentleman father dad son brother husband uncle grandfather grandpa nephew groom king prince lad fellow
        waiter priest monk actor bloke widower papa pops gramps pa male he
        """
    static let femaleWords = """
        woman girl lady mother mom mum daughter sister wife aunt grandmother grandma niece bride queen princess lass
        waitress nun actress widow mama ma granny nana female she
        """
    static let male = """
        aaron abe adam adrian al alan albert alec alex alfred ali amos andre andrew andy angus anthony antonio archie arjun
        arthur asher ben benjamin bernard bert bill billy bob bobby boris brad brendan brian bruce bruno caleb calvin cal
        carl carlos cassius cedric charles charlie chester chris christian chuck clarence clark claude clint clive colin
        connor conrad cormac craig cyrus dale dan daniel danny dante darius dave david dean declan dennis derek desmond
        diego dirk dmitri dominic don donald doug douglas dov duncan dylan earl ed eddie edgar edmund edward edwin eli
        elias elijah elliot ellis emil emilio emmett enzo eric ernest ethan eugene evan ezra felix fergus fernando finn
        francis francisco frank franklin fred freddie gabriel gareth gary gavin george gerald gideon gil giles glenn
        gordon graham grant greg gregory gus guy hamish hank hans harold harry harvey hector henrik henry herbert herman
        homer horace howard hugh hugo hunter ian ibrahim igor ira isaac ivan jack jackson jacob jake jamal james jamie
        jared jason javier jay jed jeff jeremy jerome jerry jesse jim jimmy joe joel john johnny jonah jonas jonathan
        jorge jose joseph josh joshua juan jude julian julius justin karl keith ken kenneth kenji kevin kieran kirk klaus
        kofi kurt kyle lance larry lars laurence lawrence lee len leo leon leonard leroy lester levi lewis liam lionel
        lloyd logan louis lucas luca lucius luis luke luther magnus malcolm manuel marco marcus mario mark martin marty
        marvin mason mateo matt matthew maurice max maxwell mehmet melvin micah michael miguel mike miles milo mitch
        mohammed morgan morris moses nathan nathaniel neil ned nelson nicholas nick nigel nikolai nils noah noel norman
        oliver omar orrin oscar oskar otis otto owen pablo pat patrick paul pedro percy pete peter phil philip pierre
        quentin quincy rafael ralph ramon randall randy raphael rashid ravi ray raymond reggie reginald rene rex ricardo
        richard rick ricky rob robert roberto robin rocco rod roger roland roman ron ronald rory ross roy rudy rufus
        rupert russell ryan sam samir samson samuel santiago saul scott sean sebastian sergei seth shane shaun sid sidney
        silas simon skip solomon spencer stan stanley stefan stephen steve steven stewart stuart sven tariq ted teddy
        terence terrence terry thaddeus theo theodore thomas tim timothy tito tobias toby todd tom tomas tommy tony travis trevor
        tristan troy tucker tug tyler tyrone ulysses vernon victor vikram vince vincent vladimir wade wallace walt walter
        warren wayne wendell wesley will willem william winston wyatt xavier yusuf zachary zack zeke
        """
    static let female = """
        abigail ada adele agatha agnes aisha alana alice alicia alina alma alyssa amanda amara amber amelia amina amy ana
        anastasia andrea angela angelica anita ann anna annabel anne annie antonia april ariel astrid audrey aurora ava
        barbara beatrice becca becky belinda bella bernice bertha bess beth bethany betty beverly bianca birdie bonnie
        brenda bridget brigid brooke camila camille candice cara carla carly carmen carol caroline carrie cassandra
        cassie catherine cathy cecilia celeste celia charlotte chelsea cheryl chloe christina christine cindy claire
        clara clarissa claudia colette constance cora cordelia courtney crystal cynthia daisy dana daniela daphne dawn
        deborah debbie deirdre delia delilah delores denise diana diane dina dolores donna dora doreen doris dorothy edie
        edith edna eileen elaine eleanor elena elisa eliza elizabeth ella ellen ellie eloise elsa elsie emilia emily emma
        enid erica erin esme esther ethel eunice eva eve evelyn faith farah fatima faye felicity fern fiona flora florence
        frances francesca freya frida gabriela gail gemma genevieve georgia georgina geraldine gertrude gina ginger giulia
        gladys glenda gloria grace greta gretchen gwen gwendolyn hannah harriet hazel heather heidi helen helena helga
        henrietta hilda holly hope ida ilse imelda imogen ines ingrid irene iris irina isabel isabella isla ivy jackie
        jacqueline jade jane janet janice jasmine jean jeanette jennifer jenny jess jessica jill joan joanna jocelyn
        josephine josie joy joyce juanita judith judy julia juliana julie juliet june justine karen kat kate katherine
        kathleen kathy katie katya kay kayla keira kelly kendra kim kirsten kitty kristen lana lara latoya laura lauren
        laurie layla leah leila lena leona leslie leticia lila lilian lillian lily lina linda lisa liv liz liza lois
        lola lorena loretta lorna lorraine lottie louisa louise lucia lucille lucinda lucy luisa luna lydia lynn mabel
        mada madeline madge mae maggie mai maisie mandy mara marcia margaret margot maria marian marianne marie marilyn
        marina marion marisol marjorie marlene martha mary matilda maud maureen mavis maxine may maya meg megan melanie
        melinda melissa mercedes meredith mia michelle mildred millie mimi mina minnie miranda miriam moira molly mona
        monica muriel myra myrtle nadia nadine nan nancy naomi natalia natalie natasha nell nellie nicola nicole nina
        nora noreen norma octavia odessa odette olga olive olivia opal ophelia paige pamela pandora patience patricia
        patsy patty paula pauline pearl peggy penelope penny petra philippa phoebe phyllis pia pilar polly portia
        priscilla priya prudence rachel rae ramona rebecca regina renata rhoda rhonda rita roberta rosa rosalie rosalind
        rosamund rose rosemary rosie roxanne ruby ruth sabine sabrina sadie sally samantha sandra sara sarah sasha
        saskia selena selma serena shannon sharon sheila shelley sheryl shirley sienna sigrid simone sofia sonia sonya
        sophia sophie stella stephanie sue summer susan susannah susie suzanne svetlana sybil sylvia tabitha tamara
        tanya tara tatiana tess tessa thea thelma theresa tiffany tilda tina tracy trixie trudy una ursula valentina
        valerie vanessa vera verity veronica vicky victoria viola violet virginia vivian wanda wendy whitney wilhelmina
        willa willow wilma winifred winnie xenia yasmin yolanda yvette yvonne zadie zara zelda zoe
        """
    /// What the end of a first name tells where no list knows it.
    static func gender(byEnding name: String) -> Cast.Gender {
        guard name.count > 3, name.allSatisfy(\.isASCII) else { return .unknown }
        if ["a", "ette", "elle", "lyn", "issa", "ienne", "ie"].contains(where: { name.hasSuffix($0) }) {
            return .female
        }
        if ["o", "us", "ard", "ert", "ald", "olf", "ric", "mir", "oine", "ois", "bert", "van", "slav"].contains(where: {
            name.hasSuffix($0)
        }) {
            return .male
        }
        return .unknown
    }

    /// Women's trades in -ess; a witness is none.
    static let ladies: Set<String> = [
        "actress", "hostess", "waitress", "princess", "duchess", "countess", "stewardess", "priestess", "seamstress",
        "empress", "heiress", "mistress", "goddess", "governess", "sorceress", "huntress",
    ]
    /// What people are called by what they do: one word in capitals that is one of these introduces a person.
    static let roles = """
        audience congregation crew jury leader mob opponent partner posse rival squad team trainer
        accountant actor actress adjutant admiral agent aide announcer archer artist assassin assistant astronaut attendant
        attorney auctioneer aunt baby bailiff baker bandit banker barber barista barkeep barmaid barman bartender bassist
        beggar bellboy bellhop biker blacksmith bodyguard bookie bouncer boxer boy bride brother builder bully businessman
        businesswoman butcher butler buyer cabbie cabby cadet cameraman captain cashier cellist champion chauffeur chef
        child choir clerk clown coach colonel commander commuter companion concierge conductor constable contestant convict
        cook cop coroner corporal courier cowboy cowgirl crewman crewmember crewwoman critic croupier crowd cultist
        curator customer dad dancer daughter dealer deckhand defendant delivery deputy detective diner director
        dishwasher diver doctor doorman driver drummer drunk editor elder emcee engineer executioner executive extra fan
        farmer farmhand father ferryman fiddler fighter firefighter fireman fisherman foreman friar friend gambler
        gangster gardener gatekeeper general ghost girl goalie goalkeeper governor granddaughter grandfather
        grandmother grandson groom guard guest guide guitarist gunman gunner gunslinger hacker handler handyman helmsman
        henchman herald hiker hitman host hostage hostess housekeeper hunter husband inmate inspector instructor intern
        interpreter investigator investor jailer janitor jockey jogger journalist judge jumper juror kid kidnapper king
        knight laborer labourer lackey lady landlady landlord lawyer librarian lieutenant lifeguard linesman lookout
        maid major man manager mariner marine marshal mascot mate mayor mechanic medic medium men merchant messenger
        midwife miller miner minion minister model mom monk mother mourner mum muse musician nanny navigator neighbor
        neighbour nephew newscaster niece nun nurse observer officer operator orderly organist outlaw page painter
        paramedic parent passenger passerby pastor patient patron peasant pedestrian people photographer physicist
        pianist pickpocket pilgrim pilot pirate pitcher player plumber policeman policewoman politician porter postman
        preacher president priest priestess prince princess principal prisoner private producer professor prosecutor
        protester protestor punk pupil queen rabbi racer radioman ranger receptionist recruit referee regular reporter
        rider robber roommate sailor salesman saleswoman salesgirl scientist scout secretary senator sentry sergeant
        servant shepherd sheriff shopkeeper sibling singer sister skater skipper smuggler sniper soldier son sorcerer
        speaker spectator spy squire stagehand stenographer steward stewardess stoker stranger striker student stylist
        suitor superintendent surgeon surveyor survivor suspect swimmer tailor technician teenager teen teller tenant
        thief thug toddler tourist trader traveler traveller trooper trucker trumpeter truckers twin umpire
        uncle undertaker usher valet vendor veteran victim villager violinist visitor volunteer waiter waitress
        wanderer warden warrior watchman widow wife witch witness wizard woman women worker wrangler wrestler youth
        zookeeper
        """
    /// Roles that also are ordinary words of action or things, so that they need an article.
    static let rolesThatAct =
        "guard cook nurse guide page host model judge coach pilot scout extra fan medium extra mate diner minister"

    /// Roles of which one is several.
    static let collectives: Set<String> = [
        "audience", "choir", "congregation", "crew", "crowd", "jury", "mob", "posse", "squad", "team",
    ]

    /// Words that are names too: in lower case they mean the thing.
    static let commonNames = """
        amber angel april archer art ash august autumn baker banks bay bill bird bishop black blue bob brook brooks brown buck
        bud butler carol carter chance chase chip christian clay cliff cole cook cooper coral cross crow crystal daisy dale dash
        dawn dean destiny dick dove drew duke dusty earl early ebony eve faith fawn fern field fields finch fisher flint
        flora forest fox frank frost gale garland gene ginger glen gold grace grant gray green grey guy hale hall harmony
        harper hawk hazel heath heather hill holly honor honour hope hunt hunter iris ivory ivy jack jade jasmine jay jean jet
        jewel john joy june justice king knight lake lamb lance lane lark laurel leaf lee liberty lily link little london
        long lord love lucky luna mark marsh martin mason maverick may melody mercy merry mick miles mill miller misty moon
        moss myrtle north nova oak ocean olive opal page paige paris park parker parsons patience pearl penny pepper piper
        pitt pope porter potter price prince prudence queen rain raven ray red reed rich river rivers rob robin rock rocky
        rod rose rosemary rowan ruby rusty sage sandy savage scout sharp shepherd sky skip slate sky smith snow sol spike
        spring star steel sterling stone storm strong sue summer sunny swan swift switch tanner temple terry tom tracy trip
        true tug turner tyler van victor viola violet wade walker ward wells west white will willow winter wolf wood woods
        wren wright young
        """
}
