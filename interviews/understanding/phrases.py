"""What people say for each intent, as data: HARD outranks all else, WHOLE is all that was said, CUES are signs among others."""

from interviews.understanding.meaning import Intent

_CALL = (
    r"(?:call|calls|calling|phone|phoning|ring|ringing|contact|contacting|dial|dialling|message|messaging|text|texting|"
    r"(?:bother|bothering|disturb|disturbing|harass|harassing|pester|pestering|spam|spamming) (?:me|us))"
)
_NOT_EVER = r"(?! (?:(?:me|us|back) )*(?:later|before|until|on|at|after|in|today|now|right now|tomorrow|this|between|during|again before)\b)"
_WORK = r"(?:work|works|working|suit|suits|fit|fits|possible|good|okay|fine|convenient|available|free)"
_PERSON = (
    r"(?:human|person|human being|someone|somebody|anyone|anybody|agent|representative|operator|recruiter|manager|hr|"
    r"supervisor|receptionist|reception|worker|employee|colleague|team|insaan|people)"
)
_NOT_A_NAME = (
    r"(?!(?:sure|interested|free|available|able|going|looking|happy|in|at|on|really|a|an|the|certain|comfortable|ready|feeling|"
    r"yet|clear|good|right|correct|okay|that|very|finished|done|busy|too|so|speaking|saying|hearing|getting|understanding|"
    r"convinced|satisfied|home|here|there|well|keen|familiar|following|what|my|your|working|helping|fair|true|possible|acceptable|"
    r"enough|answering|sorry|coming|ok|alone|aware|it|wrong|bad|convenient|suitable|much|actually|quite|exactly|allowed|talking)\b)"
)
_JOB = r"(?:job|position|offer|company|role|work|employment|organisation|organization|opportunity|interview)"

HARD: dict[Intent, tuple[str, ...]] = {
    Intent.OPT_OUT: (
        rf"\b(?:do not|never|not to|quit|stop|stopped|cease|no more|not)(?: (?:you|guys|ever|again|keep|with|the|these|those|all|your|to|any|me|more))* {_CALL}\b{_NOT_EVER}",
        r"\b(?:remove|delete|take|erase|lose|drop|forget|strike|scrub|wipe)(?: (?:off|out|away))? (?:my|this|our) (?:\w+ )?(?:number|name|details|contact|data)\b(?! (?:is|was|right|wrong|of))|\bget (?:my|this) (?:\w+ )?(?:number|name) (?:off|out)\b",
        r"\b(?:take|get|scrub|remove|delete|strike|keep) (?:me|us) (?:off|from)\b|\b(?:remove|delete|unsubscribe) me\b|\bunsubscribe\b|\bopt(?:ing)? ?out\b",
        r"\bdo not (?:want|wish|like|consent)(?: you)?(?: to)?(?: (?:be|being|any|these|your|more|to|receive|get|getting|receiving))* (?:calls?|called|calling|contacted|call me|phoned|rung)\b",
        r"\bleave me alone\b|\bblock(?:ing)? (?:you|this number|your number)\b|\breport(?:ing)? (?:you|this (?:number|call))\b|\bdo not call (?:list|registry)\b|\bforget you (?:have|had) my number\b",
        r"^(?:no |okay |just |now |hey |i said |i say )*stop(?: (?:it|now|this|stop|okay|right now))*$",
        r"\bmat (?:karo|karna|kijiye|kariye|karein) (?:call|phone)\b|\b(?:call|phone)(?: \w+)? (?:mat|band)\b",
    ),
    Intent.WRONG_NUMBER: (
        r"\bwrong (?:number|person|guy|girl|man|woman|party|phone|house)\b|\b(?:got|have|dialled|dialed|reached|called|calling) the wrong\b",
        r"\b(?:no|not any|nobody|no ?one|none|is no|are no)(?: \w+){0,3} (?:by|with|of|under) (?:that|this|the) name\b",
        r"\b(?:nobody|no ?one|no person) (?:here )?(?:is )?(?:named |called |here )",
        r"\b(?:there is|is) (?:no|not any) \w+ (?:here|in this house|at this number|living)\b|\bno such (?:person|name)\b",
        r"\b(?:i )?(?:do not|never) (?:know|heard of) (?:any|anyone|anybody|him|her|a|this) ?(?!idea|answer|thing|of)(?:\w+)?$",
        r"\b(?:he|she|they) (?:does not|do not|no longer|did not|has not)(?: \w+){0,2} (?:have|use|live|own|uses|lives|has)\b",
        rf"^(?:(?:no|sorry|hello|i|am) )*(?:i am|this is) not {_NOT_A_NAME}\w+(?: (?:this|it|i) .*| here| sorry| at all)?$",
        r"\bnot (?:his|her|their) (?:number|phone)\b|\b(?:changed|sold) (?:his|her|their|this|the) (?:number|phone)\b|\bbelongs to (?:someone|somebody)\b",
    ),
    Intent.VOICEMAIL: (
        r"\b(?:leave|record)(?: \w+){0,4} (?:message|number|voice ?mail)\b|\b(?:after|at|wait for|hear) the (?:tone|beep)\b|\bdone recording\b",
        r"\b(?:reached|forwarded to|this is)(?: \w+){0,4} (?:voice ?mail|mailbox|voice messaging|answering machine|messaging system)\b|\bvoice ?mail(?:box)? (?:of|is full|system)\b|\bmailbox is full\b",
        r"\b(?:person|party|subscriber|customer|number) you (?:are|have)\b|\bnot (?:available|able) to take (?:your|the) call\b|\bcan not take your call\b|\bunable to (?:come to|get to|answer) the phone\b",
        r"\bget back to you (?:as soon|shortly)\b|\bis (?:currently )?(?:switched off|not reachable|unreachable|out of coverage)\b",
    ),
}

_YES = (
    r"(?:yes|sure|okay|right|correct|absolutely|definitely|certainly|surely|indeed|exactly|precisely|perfect|great|fine|true|agreed|"
    r"good|lovely|super|excellent|wonderful|awesome|cool|brilliant|affirmative|confirmed|approved|granted|of course|naturally|totally|"
    r"uh huh|mhm|sounds? (?:good|great|fine|perfect|okay)|ji|chalega|positive|done|deal|yes sir|right on|you bet)"
)
_YES_TAIL = (
    r"(?:that is (?:right|correct|fine|good|okay|me|perfect|great|true)|it is|it does|that works|works|i am|i do|i can|i will|do|so|very|"
    r"much|hai|then|go ahead|for me|with me|that will work|book it|do it|it works|thing|that is it)"
)
_NO = (
    r"(?:no|negative|negatory|not really|never|not at all|no way|i am afraid not|(?:absolutely|certainly|definitely|of course|surely|probably) not|"
    r"nada|nothing|false|incorrect|untrue|invalid|i will pass|i do not think so|not quite|hardly|no chance|not correct|not right|not true)"
)
_NO_TAIL = (
    r"(?:not|it is not|it does not|i do not|i am not|i can not|that is (?:wrong|not right|not correct|incorrect|not it)|ji|hai|really|sorry|"
    r"wrong|that will not work|that does not work|that is not true)"
)
_MOMENT = r"(?:(?:just |only )?(?:one|a|1|half a) (?:second|minute|minutes|moment|sec)|1 minutes)"

_TAKE = (
    r"(?:(?:i (?:will|would) (?:take|like|prefer|go for|go with|choose|pick|rather have)|let us (?:do|go with|take)|i (?:prefer|like|choose|pick|want|take)|"
    r"go with|maybe|okay|yes|no|then) )*"
)
_PLACE = r"(?:[1-9](?:st|nd|rd|th)|last|first|final|middle|earlier|earliest|later|latest|early|late)"
_ONE = r"(?:one|option|slot|choice|1)"
_TAKEN = r"(?: (?:one|option|slot|choice|of|them|those|these|the two|you (?:said|mentioned|gave|offered)|is|works|would|sounds|suits|looks|will|then|i guess|i think|best|better|good|fine|great|for me|be|okay|wala|it is))*"

WHOLE: dict[Intent, tuple[str, ...]] = {
    Intent.AFFIRM: (rf"(?:(?:oh|ah|well|and) )*{_YES}(?: (?:{_YES}|{_YES_TAIL}))*",),
    Intent.DENY: (rf"(?:(?:oh|ah|well|sorry) )*{_NO}(?: (?:{_NO}|{_NO_TAIL}))*",),
    Intent.REPEAT: (
        r"(?:(?:sorry|excuse me|i am sorry|oh|yes) )*(?:what|huh|pardon(?: me)?|excuse me|again|come again|sorry|kya|repeat|what is that)(?: (?:sorry|what|again|that|it))*",
    ),
    Intent.HOLD_ON: (rf"(?:(?:okay|no|yes|sorry) )*(?:wait|hold on|hang on|hold|{_MOMENT}|ruko|rukiye)(?: (?:wait|hold on|{_MOMENT}))*",),
    Intent.NO_PREFERENCE: (
        r"(?:either|any|any of (?:them|those|these)|both|all of them|whichever|whatever|any ?time|any day)(?: one)?(?: (?:is|are|works|work|will|would|be|do|fine|good|okay|for me))*",
    ),
    Intent.UNSURE: (r"(?:maybe|perhaps|possibly|idk|dunno|no idea|no clue|not sure|(?:i )?do not know|could be|who knows|it depends)(?: (?:sorry|maybe|really|yet))*",),
    Intent.GREETING: (
        r"(?:hi|hello|hey|hiya|heya|heyo|howdy|greetings|bonjour|hola|wassup|whassup|sup|yo|ciao|good (?:morning|afternoon|evening|day)|namaste)(?: (?:hi|hello|hey|there|you|again|everyone|mate|friend))*",
    ),
    Intent.GOODBYE: (
        r"(?:(?:okay|thank you|all|good|great|well|so) )*(?:good ?bye|bye|bye bye|see (?:you|ya)(?: later| soon)?|farewell|so long|later gator|take care|adios|ciao ciao|adieu|ta ta|cheerio|good night|toodles|tootles|peace out|au revoir|sayonara)(?: (?:bye|now|then|thank you|later|soon))*",
    ),
}  # fmt: skip

# Precise enough to outrank the model, though not the hard rules.
FIRM: dict[Intent, tuple[str, ...]] = {
    Intent.NOT_INTERESTED: (
        r"\b(?:not|no longer|never|nor|lost|no)(?: \w+)? (?:interested|interest|keen)\b(?! in (?:that|this|the) (?:time|day|slot|one))(?! (?:in|to) (?:do|doing|buying|booking|seeing|going|making|see|go))|\b(?:no longer|not|stopped) looking(?: for (?:a |any )?(?:job|jobs|work))?(?: now| any ?more)?$",
        rf"\bi (?:have |just |already |have already |have just )?(?:found|got|took|taken|accepted|joined|started|signed)(?: (?!off)\w+){{0,3}} {_JOB}\b(?! (?:interview|on|at|for|tomorrow))",
        rf"\bwithdraw(?:n|ing)? (?:my|from|the (?:application|candidature|candidacy))\b|\btake back my application\b|\bnot (?:to )?(?:go|going|proceed|proceeding|continue|continuing|move|moving) (?:ahead|forward|on)\b|\bhappy (?:where|with (?:my|the)(?: \w+)? {_JOB})",
        rf"\bchanged? my mind about (?:the|this|your) {_JOB}\b|\bdo not (?:want|need)(?: \w+){{0,2}} (?:job|role|position)\b|\b(?:salary|pay|package) is (?:too |not )?(?:low|less|enough)\b|\b(?:pass on|reject|decline) (?:the|this|your) {_JOB}\b|\b(?:job|role|position) is not for me\b",
    ),
    Intent.CALLBACK_LATER: (
        r"\b(?:call|ring|phone|buzz|try|reach|contact)(?: me| us)(?: again| back)* (?:later|tomorrow|tonight|after|in|at|on|when|once|another|some|next|this|around|between|then|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\d)",
        r"\bgive (?:me|us) a (?:call|ring|buzz)(?: back)? (?:later|tomorrow|tonight|after|in|at|on|when|once|another|some|next|this|around)\b",
        r"\b(?:call|ring|phone)(?: me| us)? (?:back|later)\b|\b(?:bad|not a good|not a great|not a convenient|not the best|inconvenient) (?:time|moment)\b(?! for me)|\bcan not (?:talk|speak)(?: \w+)* (?:now|at the moment)\b|^(?:sorry )?(?:i )?can not (?:talk|speak)\b|\bcall karna\b|\bphone karna\b|\b(?:call|phone) karo\b",
        r"\bi am (?:\w+ )?(?:busy|driving|in a meeting|in a class|in class|at work|in the middle|eating|on another call|on a train|on the road|with (?:someone|somebody|people|a client)|in the office|in traffic)\b(?! (?:on|then|that|all|until|~))|\bbusy (?:right )?now\b|\bbusy hai\b",
    ),
    Intent.HOLD_ON: (
        r"(?<!a )\b(?:hold on(?! (?:with|for now|my))|hang on|hold the line|bear with me|stay on the line|give me (?:a|1|one|2|half a) (?:moment|minute|minutes|second|sec|bit)|wait (?:a|1|one|for a|half a) (?:moment|minute|minutes|second|sec|bit)|let me (?:just |quickly )?(?:check|think|see|look|find|grab|pull|get) (?:my (?:calendar|diary|schedule|phone|agenda|planner|day|week)|it up|for|at|what|if|a pen|the (?:calendar|diary)|when|whether|over)|rukiye|ruko)\b",
        r"\b(?:can|could|would|will) you (?:\w+ )?(?:wait|hold)\b|^let me (?:think|see|check|look)\b|^(?:okay |yes |no )*wait(?:$| (?:let|please|i need|a|one|for me|wait|up)\b)|^(?:just |only )?(?:a|1|one) (?:moment|minute|minutes|second|sec)\b",
    ),
    Intent.CHOOSE_OPTION: (
        r"\b(?:option|slot|choice) (?:number )?[1-9]\b",
        rf"^{_TAKE}(?:the )?(?:number )?(?:{_PLACE} {_ONE}|[1-3]th|the (?:last|final|middle|earlier|earliest|later|latest|former|latter)|former|latter){_TAKEN}$",
        r"^(?:number )?[1-9]$|^press(?:ed)? [1-9]$",
    ),
    Intent.SLOWER: (
        r"\b(?:slow down|slower|more slowly|speak slowly|less fast|not so fast)\b|\b(?:speak|talk|speaking|talking|going|was|go)(?: \w+)? (?:too|so|very) (?:fast|quick|quickly)\b|\bdhire\b",
    ),
    Intent.RESCHEDULE: (
        r"\breschedul\w*|\bpostpone\w*|\bprepone\w*|\bpush (?:it|this|that|the \w+|my \w+) (?:back|to)\b|\b(?:change|move|shift|bring|switch)(?: \w+)? (?:my|the|our) (?:\w+ )?(?:slot|appointment|interview|booking|reservation)\b|\bdifferent time for my\b|\b(?:can|could) we (?:move|shift|push) it\b|\bsomething (?:has )?(?:came|come) up\b",
        r"\b(?:can not|will not|not able to|not be able to|unable to)(?: \w+){0,2} (?:make it|come|attend)(?: \w+){0,3} (?:interview|appointment|meeting)\b|\bnot be able to attend\b|\bunable to attend\b",
    ),
    Intent.ARE_YOU_A_BOT: (
        r"\b(?:(?<!how )are you|is (?:this|it|that)|am i (?:speaking|talking)(?: to| with)?|you are|sounds? like|if you are|one of those|call is|voice is)(?: \w+){0,4} (?:robot\w*|robots|bot|chatbot|robocalls?|machine|computer|automated|automatic|automaton|recording|recorded|ai|artificial|prerecorded|human|real (?:person|human|one|or)|real$|alive|living)\b",
    ),
    Intent.ASK_HUMAN: (
        rf"(?<!am i )(?<!i am )\b(?:speak|talk|chat|connect me|transfer me|put me through|put me on|speaking|talking)(?: \w+){{0,2}} (?:to|with) (?:a |an |the |some |your |another |any |my |one of your )*(?:real |live |actual |different |other |hiring |human )*{_PERSON}\b(?! (?:or|are))",
        rf"^(?:a |the |real |live |just |give me |get me |i want |i need )*(?:a |an |the )?(?:real |live |actual |human )*{_PERSON}$|\b(?:connect|transfer) me (?:to|with)\b|\bis there (?:a|any) human\b|\bput me through\b",
    ),
}  # fmt: skip

CUES: dict[Intent, tuple[str, ...]] = {
    Intent.NOT_INTERESTED: (
        r"\b(?:not|no longer|never|nor|lost|no)(?: \w+)? (?:interested|interest|looking for (?:a |any )?(?:job|work)|keen)\b(?! in (?:that|this|the) (?:time|day|slot|one))|\bno longer looking\b",
        rf"\b(?:found|got|have|taken|took|accepted|joined|started|start|signed|hired)(?: \w+){{0,4}} {_JOB}\b(?! (?:interview|on|at|for|tomorrow))",
        rf"\bwithdraw\w*\b|\bnot (?:to )?(?:go|going|proceed|proceeding|continue|continuing|move|moving) (?:ahead|forward|on with|with)\b|\bhappy (?:where|with (?:my|the)(?: current)? {_JOB})\b|\btake back my application\b",
        rf"\bchanged? my mind about\b|\bdo not (?:want|need)(?: \w+){{0,2}} {_JOB}\b|\b(?:salary|pay|package) is (?:too |not )?(?:low|less|enough)\b|\b(?:did not|never) appl(?:y|ied)\b|\bpass on (?:the|this) {_JOB}\b|\b{_JOB} is not for me\b",
    ),
    Intent.ARE_YOU_A_BOT: (
        r"\b(?:robot|robots|bot|chatbot|robocall\w*|machine|computer|automated|automatic|automaton|recording|recorded|ai|artificial|prerecorded|voicebot|robotic|android|program|programmed)\b",
        r"\b(?:are you|is this|is it|am i (?:speaking|talking)(?: to| with)?|you are|you were|if you are|be)(?: \w+)? (?:a |an |some kind of )?(?:real|actual|live|human|person|alive|living)\b",
    ),
    Intent.ASK_HUMAN: (
        rf"\b(?:speak|talk|chat|connect|transfer|put|patch|pass|get|give|want|need|speaking|talking|forward|deal|hand)(?: \w+){{0,5}} (?:{_PERSON}|hiring manager)\b(?! (?:like|are you))",
        rf"^(?:a |the |real |live |no |just )*{_PERSON}$|\b(?:transfer|connect|put) me\b|\breal human\b|\bis there (?:a|any|some) ?(?:human|person|one|body)\b|\bspeak (?:to|with)\b",
    ),
    Intent.SLOWER: (
        r"\b(?:slow|slower|slowly|slow down|less fast|not so fast)\b|\b(?:too|so|very|bit|pretty|that was) (?:\w+ )?(?:fast|quick|quickly)\b|\b(?:dhire|aaram se)\b",
    ),
    Intent.REPEAT: (
        r"\b(?:repeat\w*|rephrase|reiterate|restate|retry|come again|say (?:that|it|again|the times?)|again please|once more|one more time|1 more time|another time please|pardon|beg your|what was that|what did you (?:just )?(?:say|mention|mean)|say again|what are the (?:options|times|slots)|what were|once again|phir)\b",
        r"\b(?:did not|could not|can not|do not|not|never)(?: \w+)? (?:hear|catch|catched|caught|get what|get you|get it|get that|understand|understood|follow|make out|clear)\b|\bhear (?:you|me|that|it)\b|\bexplain\w*\b|\bclarify\b|\belaborate\b|\bconfus\w+\b|\bunclear\b|\bwhat you (?:just )?(?:said|mean|meant)\b",
    ),
    Intent.WHO_IS_THIS: (
        r"\bwho (?:is|are|am|s)(?: \w+)? (?:this|you|calling|it|that|speaking|talking|your)\b|\bwho (?:gave|do|does|sent|employs|made|created|owns)\b|\bwhat (?:company|organisation|organization|firm)\b|\bwhich (?:company|role|job|organisation|position|firm|agency)\b",
        r"\bwhat is (?:this|it|the call|this call) (?:call )?(?:about|regarding|concerning|for)\b|\b(?:your|first|full|last) name\b|\bname (?:is|you|do|should|are)\b|\bhow did you get\b|\bwhere are you calling\b|\bwhy are you calling\b|\bcall(?:ing)? from where\b|^(?:and )?you are$|\bis this about\b|\byour boss\b|\b(?:you|u) work for\b|\bemployed by\b|\bi am speaking to\b|\bcall you\b",
    ),
    Intent.HOLD_ON: (
        r"\b(?:hold on|hang on|hold the line|hold for|hold a|hold|one (?:moment|minute|second|sec)|1 (?:moment|minute|minutes|second|sec)|(?:just|give me|wait) (?:a|1|one|2|30) (?:moment|minute|minutes|second|seconds|sec|tick|bit)|wait|let me (?:check|think|see|look|find|grab|pull)|ruko|rukiye|bear with me|stay on the line)\b",
    ),
    Intent.CALLBACK_LATER: (
        r"\b(?:call|ring|phone|buzz|try|reach|give)(?: me| us)(?: a (?:call|ring|buzz))?(?: again| back)* (?:later|tomorrow|tonight|after|in|at|on|when|once|another|some|next|this|around|between|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\d)",
        r"\b(?:call|ring|phone)(?: me| us)? (?:back|later)\b|\b(?:bad|not a good|not a convenient|inconvenient) (?:time|moment)\b(?! for me)|\bcan not (?:talk|speak)\b|\bcall karna\b|\bphone karna\b|\b(?:call|phone) karo\b|\bbattery\b",
        r"\b(?:i am|busy) (?:\w+ )?(?:busy|driving|in a meeting|in a class|in class|at work|in the middle|eating|on another call|on a train|with someone)\b|\bbusy\b",
    ),
    Intent.RESCHEDULE: (
        r"\b(?:reschedul\w*|postpone\w*|prepone\w*|push (?:it|this|that|the)(?: \w+)? (?:back|to)|(?:move|shift) (?:it|the|my)(?: \w+)?|different time for my|bring my)\b",
        r"\b(?:change|changed|changing|amend|update|modify|edit|switch|alter|adjust|upgrade|extend)\b",
    ),
    Intent.NONE_WORK: (
        r"\b(?:none|neither)\b|\bnothing (?!else|more)\w+|\b(?:any|anything|something|someone|somewhere|what|who|where) (?:else|other|later|earlier|sooner|different)\b|\bother (?:\w+ )?(?:times?|days?|dates?|options?|slots?|choices?|ones?|places?|events?)\b|\b(?:another|different) (?:\w+ )?(?:time|day|date|slot|one|option)\b|\bothers\b",
        rf"\b(?:those|these|both|all)(?: \w+){{0,3}} (?:not {_WORK}|bad|no good)\b|\bcan not (?:do|make)? ?(?:any|either|those|these)\b|\bnot {_WORK} (?:on|at|for) (?:those|these|any)\b|\banother\b",
    ),
    Intent.CANCEL: (
        r"\b(?:cancel\w*|call it off|never ?mind|forget (?:it|about it|that)|abort|terminate|drop it|leave it|scrap (?:it|that)|undo|negate|stop|quit|shut (?:up|off|down)|be quiet|silence|enough)\b",
    ),
    Intent.NO_PREFERENCE: (
        r"\b(?:any of (?:them|those|these)|either|whichever|whatever|whenever|any ?time|any day|does not matter|do not (?:really )?(?:mind|care)|not (?:really )?(?:matter|mind|care|bother|picky|particular)|no (?:preference|opinion|difference)|up to you|your choice|you (?:choose|pick|decide)|all of (?:them|those)|both (?:work|are|would)|indifferent|koi bhi|all the same|anything|anyone|any one)\b",
    ),
    Intent.UNSURE: (
        r"\b(?:not (?:\w+ )?(?:sure|certain|positive)|do not (?:\w+ )?(?:know|remember|recall)|no (?:idea|clue)|not a clue|maybe|perhaps|possibly|possibility|unsure|uncertain|doubts?|can not (?:say|answer|tell)|might|i guess|could be|who knows|depends|hard to say|undecided|have not decided|pata no|shayad)\b",
    ),
    Intent.ASK_INFO: (
        r"\b(?:what|where|when|how|which|why|do|does|is|are|can)(?: \w+){0,3} (?:address|number|phone|located|location|rating|cost|price|fee|long|much|far|parking|salary|link|start|take place|unisex|offer|allow\w*|music|time|kind|type|seating|wifi|contact|bring|wear)\b",
        r"\b(?:tell me|give me|may i (?:have|know)|let me know|want to know|need to know|i have (?:some |a )?questions?)\b|\b(?:address|phone number|contact number|rating)\b",
        r"^(?:what|where|when|how|which|why|who|is (?:it|there|this|that)|are (?:there|they|you)|do (?:they|you|i)|does|can (?:you|i)|could you|will|would)\b",
    ),
    Intent.GOODBYE: (
        r"\b(?:good ?bye|bye|see (?:you|ya)|take care|good night|have a (?:\w+ )?(?:good|great|nice|lovely|wonderful|day|one|evening)|that is (?:all|it|everything)|that (?:will|would) (?:be (?:all|it|everything)|do)|talk to you|farewell|so long|later gator|hang(?:ing)? up|(?:got|have|need) to (?:go|run|get going)|i am (?:off|done|all set|good)|nothing else|all i need\w*|all set|cheers|peace|catch you|until next|nice (?:talking|speaking|chatting)|get going|out of here)\b",
    ),
    Intent.THANK_YOU: (
        r"\b(?:thank (?:you|ya|u)|thanking|appreciat\w*|grateful|gratitude|obliged|thankful|kind of you|(?:been|very|so|really) (?:helpful|kind)|big help|great help|i owe you|tysm|ty)\b",
    ),
    Intent.DENY: (
        r"^(?:(?:oh|sorry|okay|well) )*(?:no|not|never|negative|incorrect|wrong|false|nada)\b",
        r"\b(?:that|it|this|you|command|answer) (?:is|was|are|have|has|were)(?: \w+)? (?:not|wrong|incorrect|false|untrue|mistaken|messed|mistake)\b|\b(?:incorrect|untrue|wrong|mistake|disagree|refuse|decline|negative)\b",
        r"\bi (?:can|will|would|do|am) not\b|\bwill not work\b|\bdoes not (?:work|suit)\b|\bnot (?:that|right|correct|true|what|good|for me|now|today|yet|the)\b|\bno\b",
    ),
    Intent.AFFIRM: (
        r"^(?:(?:oh|ah|well|hello|hi|and) )*(?:yes|sure|correct|right|exactly|absolutely|definitely|certainly|indeed|of course|affirmative|true|agreed|uh huh|mhm|ji)\b",
        r"^(?:(?:oh|ah|well|and|that is|that sounds|it is|sounds|this is|looks|seems|it sounds|that seems|that looks|that would be|that will be|i am|very|pretty|so) )*(?:okay|perfect|great|fine|good|lovely|excellent|wonderful|awesome|cool|nice|amazing|fantastic|ideal|confirmed|acceptable)\b",
        r"\b(?:go ahead|please do|do it|book it|i can do that|you (?:got|have|have got) it|got it (?:right|exactly)|spot on|sounds? (?:good|great|perfect|fine)|confirm\w*|agree|accept|proceed|take it|i believe so|i think so|suppose so|i like (?:it|that)|chalega|ho jayega|kar do|positive|you bet|all (?:is )?(?:right|correct|good)|no problem)\b",
        rf"\b(?:that|it|this|which|time|one)(?: (?:time|one|date|day|is|will|would|should|does|can|could|also|sounds?|seems?|looks?|all|be|just|quite|really|very))* (?:{_WORK}|correct|right|true|great|perfect|nice|ideal|wonderful|lovely|excellent|me)\b|\bworks\b|\b(?:details|everything|information|you)(?: \w+){{0,3}} (?:correct|right)\b",
    ),
    Intent.GREETING: (
        r"^(?:hi|hello|hey|hiya|howdy|greetings|bonjour|hola|good (?:morning|afternoon|evening|day)|namaste|yo|sup)\b|\bhow (?:are|is|have|do|you|goes|things|was)(?: \w+)? (?:you|it|things|everything|life|your|going|do|been|hanging|doing|today)\b|\bwhat is (?:up|new|happening|going on|cracking)\b|\b(?:good|nice|pleased|great|lovely) to (?:see|meet|hear)\b|\bhow you\b",
    ),
}  # fmt: skip

# Said when asked whether this is the person.
IDENTITY_ASKED = r"\b(?:(?:am i )?speaking (?:to|with)|is this|is that|am i talking|(?:may|can|could) i (?:speak|talk)|are you)\b"
IDENTITY_YES = (
    r"(?:(?:yes|okay|hello|hi|oh|and) )*(?:(?:this is|it is|that is) (?:she|he|her|him|me|i|the one)|speaking|i am|i am (?:he|she|him|her)|"
    rf"(?:this is|i am|it is) {_NOT_A_NAME}(?!not\b)\w+(?: \w+)?|bol (?:raha|rahi) \w+|main (?:hi )?(?:bol )?\w+(?: \w+)?|who is (?:asking|this))(?: (?:speaking|here|yes|hi|hello|tell me|go ahead|how can i help|who is this|what is this about))*"
)

# A yes or a no with more after it: "yes what is the address", "no sorry can we do Thursday".
LEADING_YES = (
    rf"(?:(?:oh|ah|well|hi|hello|and) )*(?:{_YES}|that is (?:right|correct|fine|good|great|perfect|okay|confirmed|true)|that (?:will |would |should )?works?|"
    r"that (?:will|would|should) (?:be )?(?:work|great|fine|good|perfect|okay|do)|you (?:got|have) it(?: right)?|go ahead|please do)\b"
)
LEADING_NO = r"(?:(?:oh|ah|well|sorry|actually) )*(?:no|not really|negative|never)\b(?! (?:one|problem|worries|preference|idea|longer|more|matter))"
QUESTION = r"(?:(?:and|but|so|also|then|sorry|just|first) )*(?:what|where|when|how|who|which|is it|is there|are there|do i|do they|do you|does|can i|could i|can you tell|could you tell|will it|will there|tell me|i have (?:a|some) question)\b"
