/// Verbs of screen action, base forms. A `*` marks those whose last consonant doubles before -ing (`stop*`).
///
/// The table is ours, grown from scripts; what it lacks is guessed from its place in the clause.
enum VerbTable {
    /// Bodies and things that move: what an animator can show.
    static let moving = """
        advance aim arch arrive ascend attack back bang bash beat bend blast blow board bolt bounce bound bow brace brake
        break brush buckle bump burst bury bustle carry cart catch charge chase circle clamber clap* clasp claw clean clear
        climb clip* close coil collapse collide come coax cower crack cradle crane crash crawl creep cringe cross
        crouch crumble
        crumple crush cut* cycle dance dart dash deal descend dig* dip* dismount dive dodge drag* drain drape draw drift
        drip* drive drop* drum* duck dump edge eject embrace empty enter erupt escape exit explode fall fasten fetch fight
        file fill fish flail flap* flash flatten flee flick fling flip* flit* float flop* flow flutter fly fold follow fumble
        gallop gather gesture glide go grab* grasp grind grip* grope gulp hammer hand hang haul heave help hit* hobble hoist
        hold hop* hug* hurl hurry hurtle inch jab* jam* jerk jog* join jolt juggle jump kick kiss kneel knit* knock lash
        latch launch lay lead lean leap leave lift light limp load lob* lock loop loosen lope lower lunge lurch march
        massage mount move mow nail nod* nudge open pace pack paddle paint part pass pat* paw pedal peel perch pick pile
        pin* pivot place plant play plod* pluck plunge pocket point poke polish pop* pounce pound pour press prod* prop*
        pry pull pump punch push put* race raise rake ram* rap* reach rear recoil reel release remove resist retreat return
        reverse ride rip* rise rock roll rotate rub* run* rush sail salute saunter scale scamper scatter scoop scoot
        scramble scrape scratch scrawl scribble scrub* scurry seize set* settle shake shatter shift shoot shove shovel
        shrink shrug* shuffle shut* shuttle sidle signal sink sip* sit* skate skid* skip* slam* slap* slash slice slide
        sling slink slip* slither slouch slump smack smash smear snap* snatch sneak soar spatter speed spill spin* spit*
        splash splinter split* spray spread spring sprint squat* squeeze squirm stab* stack stagger stalk stamp stand
        start steer step* stir* stomp stoop storm straddle straighten stream stretch stride strike strip* stroke stroll
        struggle strut* stuff stumble surge swat* sway sweep swerve swim* swing swipe swirl swivel swoop tackle take tap*
        tear thrash throw thrust* thump tie tilt tip* tiptoe topple toss touch tow track trail trample tread tremble trip*
        trot* trudge tuck tug* tumble turn twirl twist uncoil unfold unlock unroll untie unwrap* usher veer wade walk
        wander wash wave weave wheel whip* whirl wind wipe withdraw wobble work wrap* wrench wrestle wriggle wring write
        yank zip* zoom blink chew clench cough drink eat exhale flinch gasp inhale laugh nuzzle pant shiver shudder sneeze
        sniff sob* stiffen swallow sweat weep wince wink yawn smile grin* frown cry grimace glare peer stare glance look
        gaze watch squint scan* search bleed blush freeze stop* halt slow pause rest wait hide lie sleep wake stay flicker
        glow gleam glint glitter burn smoke steam boil drizzle rain snow thunder rumble roar hum* buzz ring rattle
        clatter clang clink creak groan hiss whistle howl bark ripple lap* slosh billow crackle spark sputter die
        dissolve fade loom dangle sag* droop teeter list capsize drown surface submerge bob* rev* skim* hover land lift
        bite gnash amble splay
        clutch pelt feed cover bundle hunch heft wedge circle spiral swarm flock graze nibble gnaw devour serve slurp stir* peck hoard sort stitch sew weld saw* chop*
        carve whittle sharpen hook unhook buckle unbuckle button unbutton zip* unzip* dress undress shave comb braid type
        dial film photograph rewind flush rinse dry mop* dust bake fry grill ladle toast applaud cheer bow curtsy kneel
        pray duel fence parry block swivel reload cock holster unholster fire disarm handcuff cuff tackle frisk drag*
        hoist shoulder elbow thumb finger palm cup* fist knuckle pet* leash saddle rein bridle hitch untangle tangle
        deploy detonate ignite douse extinguish flood leak seep ooze gush trickle pool blaze smoulder smolder swell
        sprawl slacken tighten loosen tense relax crinkle wrinkle crease crinkle unfurl furl hoist anchor moor dock row
        punt cast reel bait gut* scale haul plane sand drill screw unscrew bolt unbolt hammer measure mark score trace
        draw sketch doodle erase tear shred* staple stamp seal unseal address post deliver distribute spoon fork butter
        scream shout yell vault steal count get cling rouse scrabble scuttle shamble trundle swish flip* guide escort nestle huddle cluster
        crowd throng part mingle squeeze jostle elbow barge shepherd herd corral rope
        hug* cuddle caress stroke pat* tickle tousle ruffle smooth straighten adjust fix fiddle fidget twiddle drum* tap*
        pace prowl lurk skulk slink stalk hunt track corner trap* pin* bind gag* muzzle chain cage uncage free
        """

    /// Other finite verbs of stage directions: seen or said, but not moved.
    static let other = """
        be have do appear become seem remain feel hear see know think realize realise notice discover find recognize
        recognise
        read say tell ask answer whisper mutter murmur speak talk call sing hum* listen understand
        remember forget miss believe hope wish want need love hate like fear expect decide consider hesitate wonder try
        attempt begin continue keep let make give get show reveal expose contain belong mean matter exist happen occur
        fit* face wear own admire agree argue beg* order demand promise refuse deny accept announce explain introduce
        interrupt ignore study examine inspect survey regard consult count contemplate observe spot* sense smell taste
        suffer struggle manage fail win lose pay buy sell spend use share meet visit live grow change end finish last
        pass cover fill surround line hang* overlook lead connect reflect echo sound blare drone dominate litter adorn
        shine sparkle stretch extend spread tower rise mark bear hold hush silence quiet calm soothe comfort console
        attend prepare practise practice rehearse train learn teach warn threaten urge encourage thank apologize apologise
        confess admit lie pretend swear curse pray mouth chant recite croak stammer stutter snarl growl bellow shriek
        wail moan whimper sigh snort chuckle giggle cackle beam blossom recover return_ relent soften harden darken
        brighten dim* pale redden clear deepen lighten vanish disappear emerge materialize materialise arrive approach
        near follow precede pursue await welcome greet bid dismiss summon send receive collect gain choose select pick
        kill murder wound hurt injure poison strangle choke suffocate torture rob* steal arrest free save rescue protect
        guard defend shield shelter support
        """

    /// Forms that no rule makes: form, base.
    static let irregular = """
        is:be are:be was:be were:be am:be been:be being:be has:have had:have having:have does:do did:do done:do
        goes:go went:go
        gone:go lying:lie dying:die tying:tie untying:untie
        """

    /// Pasts that are no -ed, for participles and scripts in the past tense.
    static let pasts = """
        bent bound bled blew blown broke broken built burnt burst bought caught chose chosen came crept dug drew drawn
        drank drunk drove driven ate eaten fell fallen felt fought found fled flung flew flown forgot froze frozen gave given
        ground grew grown hung heard hid hidden held knelt knew known laid led leapt left lent lit lost made meant met
        paid rode ridden rang rung rose risen ran said saw seen sent shook shaken shot shrank shut sang sank sunk sat
        slept slid slung slit spoke spoken spent spun spat split spread sprang sprung stood stole stuck stung struck
        swore swept swam swung took taken taught tore torn told thought threw thrown woke wore worn wove wept won wound
        wrung wrote written
        """
}
