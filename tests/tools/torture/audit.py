"""The promises: for each, a function that returns who would have been let down, with the evidence in one line."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from itertools import pairwise
from typing import Any

from tests.tools.torture import transcripts
from tests.tools.torture.evidence import Evidence

Offenders = Iterator[str]
OPEN = {"placing", "initiated", "in_progress", "unknown"}
WE_WILL_NOT_CALL = ("won't call you again", "won't call again", "won't call this number again")
LEASE_SECONDS = 31.0  # as long after the claim, at most, a call is dialled
WE_WILL_WRITE = ("write you an e-mail", "get in touch")


def dialled_over_limit(evidence: Evidence) -> Offenders:
    """Candidates dialled more often than they may be."""
    for candidate in evidence.candidates.values():
        limit, rung = candidate["call_tracking"]["max_attempts"], evidence.calls_to(candidate)
        if len(rung) > limit:
            yield f"{candidate['_id']}: {len(rung)} calls, at most {limit}: {[call['_id'] for call in rung]}"


def dialled_at_once(evidence: Evidence) -> Offenders:
    """Candidates dialled while another call to them was under way."""
    for candidate in evidence.candidates.values():
        rung = evidence.calls_to(candidate)
        for before, call in pairwise(rung):
            if call["placed_at"] < before["ended_at"]:
                yield f"{candidate['_id']}: {call['_id']} placed before {before['_id']} had ended"


def dialled_against_their_will(evidence: Evidence) -> Offenders:
    """Candidates dialled after they were told that they would not be, or after their interview was confirmed."""
    words = (*WE_WILL_NOT_CALL, transcripts.BOOKED)
    for candidate in evidence.candidates.values():
        rung = evidence.calls_to_number(candidate["phone"])
        for before, call in pairwise(rung):
            if any(transcripts.heard(before, promise) for promise in words):
                yield f"{candidate['_id']}: {call['_id']} after {before['_id']}: {transcripts.said_by_us(before)[-1]}"
    for phone, closed_at in evidence.closed.items():
        for call in evidence.calls_to_number(phone):
            if call["placed_at"].timestamp() > closed_at + LEASE_SECONDS:
                yield f"{call['_id']} to {phone}, which the office had closed before"


def refusals_forgotten(evidence: Evidence) -> Offenders:
    """People who refused any more calls, in a request that was answered, and may be called again."""
    status = {each["phone"]: each["call_tracking"]["status"] for each in evidence.candidates.values()}
    for record in evidence.delivered:
        if transcripts.is_refusal(record["said"]) and _is_answered(record):
            phone = evidence.calls[record["call"]]["to"]
            if status.get(phone) != "do_not_call":
                yield f"{record['call']} to {phone} said {record['said']!r} and is {status.get(phone)}"


def _is_answered(record: dict[str, Any]) -> bool:
    """Tell whether a request was answered with the reply to its turn, no request to hold."""
    return record.get("status") == HTTPStatus.OK and "<Redirect" not in record["body"]


def attempts_not_on_document(evidence: Evidence) -> Offenders:
    """Calls that were dialled and are no attempt of the candidate's, or one of another session."""
    by_phone = {candidate["phone"]: candidate for candidate in evidence.candidates.values()}
    for call in evidence.calls.values():
        if evidence.is_of_removed(call):
            continue
        candidate = by_phone.get(call["to"])
        history = candidate["call_tracking"].get("call_history", []) if candidate else []
        found = [attempt for attempt in history if attempt.get("call_sid") == call["_id"]]
        if len(found) != 1 or str(found[0]["session_id"]) not in call["voice_url"]:
            yield f"{call['_id']} to {candidate and candidate['_id']}, {call['status']}: {len(found)} attempts"


def attempts_miscounted(evidence: Evidence) -> Offenders:
    """Candidates whose attempts do not add up to the calls dialled, or stand as something that did not happen."""
    for candidate in evidence.candidates.values():
        tracking, rung = candidate["call_tracking"], evidence.calls_to(candidate)
        if tracking["total_attempts"] != len(rung):
            yield f"{candidate['_id']}: {tracking['total_attempts']} attempts counted, {len(rung)} calls dialled"
        for attempt in tracking.get("call_history", []):
            call = evidence.calls.get(attempt.get("call_sid"))
            if call and attempt.get("twilio_status") != call["status"]:
                yield f"{candidate['_id']}: {call['_id']} is {attempt.get('twilio_status')}, was {call['status']}"


def attempts_never_closed(evidence: Evidence) -> Offenders:
    """Attempts and sessions that stay open, and outcomes never recorded, however much time passes."""
    for candidate in evidence.candidates.values():
        tracking = candidate["call_tracking"]
        for attempt in tracking.get("call_history", []):
            is_open = attempt["outcome"] in OPEN or not attempt.get("ended_at")
            if is_open or tracking.get("open_session_id") == attempt["session_id"]:
                yield f"{candidate['_id']}: attempt {attempt['session_id']} is {attempt['outcome']}"
    for session in evidence.sessions.values():
        if not session.get("ended_at") or not session.get("recorded_at"):
            yield f"session {session['_id']}: ended {session.get('ended_at')}, recorded {session.get('recorded_at')}"
    if not evidence.came_to_rest:
        yield "the database went on changing, however much time passed"


def confirmed(evidence: Evidence) -> list[dict[str, Any]]:
    return [interview for interview in evidence.interviews.values() if interview["status"] == "confirmed"]


def slots_booked_twice(evidence: Evidence) -> Offenders:
    """Slots, and people, with two interviews; and interviewers who would have to be in two at a time."""
    for name in ("slot", "candidate"):
        for key, number in Counter(interview[name] for interview in confirmed(evidence)).items():
            if number > 1:
                yield f"{name} {key}: {number} interviews"
    of_interviewer = defaultdict(list)
    for interview in confirmed(evidence):
        of_interviewer[interview["interviewer_email"]].append(interview)
    for interviewer, theirs in of_interviewer.items():
        theirs.sort(key=lambda interview: interview["starts_at"])
        for before, interview in pairwise(theirs):
            if interview["starts_at"] < before["ends_at"]:
                yield f"{interviewer}: {interview['_id']} begins before {before['_id']} ends"


def slots_lost(evidence: Evidence) -> Offenders:
    """Slots that stay held for nobody, or are booked without an interview, or not booked with one."""
    taken = {interview["slot"] for interview in confirmed(evidence)}
    for slot in evidence.slots.values():
        if slot["status"] == "held" or (slot["status"] == "booked") != (slot["_id"] in taken):
            yield f"slot {slot['_id']} is {slot['status']}; it has an interview: {slot['_id'] in taken}"


def interviews_without_yes(evidence: Evidence) -> Offenders:
    """Interviews whose time was not read back and agreed to, in what the simulator heard or in what we wrote down."""
    for interview in confirmed(evidence):
        call, session = evidence.call_of(interview["session_id"]), evidence.sessions.get(interview["session_id"])
        choice = _spoken(evidence, interview)
        if not call or not transcripts.is_agreed(transcripts.exchanged(call), choice):
            yield f"{interview['_id']} ({choice}): no yes in the script of {call and call['_id']}"
        elif not session or not transcripts.is_agreed(transcripts.written(session), choice):
            yield f"{interview['_id']} ({choice}): no yes in the transcript of {interview['session_id']}"


def booked_on_no_plain_yes(evidence: Evidence) -> Offenders:
    """Interviews whose evidence is something else than the yes, or the key, by which our people agree."""
    for interview in evidence.interviews.values():
        answer = (interview.get("evidence") or {}).get("answer", "")
        if answer != "key 1" and not transcripts.is_yes(answer):
            yield f"{interview['_id']}: {answer[:200]!r}"


def said_and_not_written(evidence: Evidence) -> Offenders:
    """What was said in a call, by either side, and is not on its transcript."""
    for record in evidence.delivered:
        is_heard = record["said"] and _is_answered(record) and transcripts.OVER not in record["body"]
        session = evidence.session_of(evidence.calls[record["call"]]) if is_heard else None
        if session and record["said"] not in transcripts.all_written(session):
            yield f"{record['call']}: they said {record['said'][:200]!r}"
    for call in evidence.calls.values():
        session = evidence.session_of(call)
        ours = transcripts.said_by_us(call) if session else []
        for words in ours:
            if not transcripts.is_out_of_reach(words) and words not in transcripts.all_our_words(session):
                yield f"{call['_id']}: we said {words!r}"


def words_nobody_said(evidence: Evidence) -> Offenders:
    """Transcripts that hold what the person did not say, or not in that order."""
    for call in evidence.calls.values():
        session = evidence.session_of(call) or {}
        ours = [each.reply for each in transcripts.written(session) if each.reply]
        theirs = [each.reply for each in transcripts.exchanged(call)]
        others = [record["said"] for record in evidence.delivered if record["call"] == call["_id"]]
        ours = [words for words in ours if words in theirs or words not in others]
        if not transcripts.is_part_of(ours, theirs):
            yield f"{call['_id']}: we wrote {ours}, they said {theirs}"


def confirmed_not_booked(evidence: Evidence) -> Offenders:
    """Callers who were told that their interview is booked, and it is not, or at another time."""
    for call in evidence.calls.values():
        for words in transcripts.said_by_us(call):
            booked = [
                interview
                for interview in confirmed(evidence)
                if interview["session_id"] == (evidence.session_of(call) or {}).get("_id")
                and f"{transcripts.BOOKED}: {_spoken(evidence, interview)}." in words
            ]
            if transcripts.BOOKED in words and not booked:
                yield f"{call['_id']}: {words}"


def booked_not_confirmed(evidence: Evidence) -> Offenders:
    """Callers who stayed on the line and were not told that their interview is booked, and it is."""
    for interview in confirmed(evidence):
        call = evidence.call_of(interview["session_id"])
        if not call or not (transcripts.heard(call, transcripts.BOOKED) or transcripts.hung_up(call)):
            yield f"{interview['_id']}: {call and call['_id']} ended with {call and transcripts.said_by_us(call)[-1:]}"


def _spoken(evidence: Evidence, interview: dict[str, Any]) -> str:
    return transcripts.spoken(interview["starts_at"], evidence.candidates[interview["candidate"]]["time_zone"])


def invitations_never_sent(evidence: Evidence) -> Offenders:
    """Interviews whose candidate or interviewer never got a mail with their calendar entry."""
    sent = {(recipient, uid) for letter in evidence.messages if (uid := letter.uid) for recipient in letter.recipients}
    for interview in confirmed(evidence):
        addresses = {evidence.candidates[interview["candidate"]]["email"], interview["interviewer_email"]}
        for address in sorted(addresses):
            if (address, interview["ics_uid"]) not in sent:
                yield f"{interview['_id']}: nothing to {address}; {interview.get('invitation')}"


def promises_of_mail_broken(evidence: Evidence) -> Offenders:
    """Callers to whom we said that we would write or get in touch, and did neither, nor called again."""
    mails = {recipient: letter.at for letter in evidence.messages for recipient in letter.recipients}
    for candidate in evidence.candidates.values():
        for call in evidence.calls_to(candidate)[-1:]:
            last = transcripts.said_by_us(call)[-1:]
            is_promised = any(promise in text for text in last for promise in WE_WILL_WRITE)
            if is_promised and mails.get(candidate["email"], 0) < call["answered_at"].timestamp():
                yield f"{candidate['_id']}: {call['_id']} ended with {last}"


def mails_sent_twice(evidence: Evidence) -> Offenders:
    """Mails that came twice although the server's reply arrived and the job lived, or under another Message-ID."""
    for copies in copies_of_mails(evidence).values():
        if len({letter.message_id for letter in copies}) > 1:
            yield f"{copies[0].recipients}: {[letter.message_id for letter in copies]}"
        for letter in copies[:-1]:
            if not _is_doubt_about(evidence, letter):
                yield f"{letter.message_id} to {letter.recipients}: {len(copies)} copies"


def copies_of_mails(evidence: Evidence) -> dict[Any, list[Any]]:
    """Return the messages that came more than once, the copies of each in order."""
    copies = defaultdict(list)
    for letter in evidence.messages:
        for recipient in letter.recipients:
            copies[recipient, letter.uid or letter.message_id].append(letter)
    return {key: found for key, found in copies.items() if len(found) > 1}


def _is_doubt_about(evidence: Evidence, letter: Any) -> bool:
    """Tell whether nobody could know that the server had taken the letter: at-least-once is all that is possible."""
    moments = timedelta(seconds=3)
    is_killed = evidence.is_death_near("jobs", letter.at, within=moments)
    return letter.is_reply_lost or is_killed or evidence.is_outage_near(letter.at, within=moments)


def application_errors(evidence: Evidence) -> Offenders:
    """Calls that ended in Twilio's "application error"."""
    for call in evidence.calls.values():
        if call.get("application_error"):
            yield f"{call['_id']}: {call['application_error']}"


PROMISES: dict[str, Callable[[Evidence], Offenders]] = {
    "candidates dialled more than their limit": dialled_over_limit,
    "candidates dialled while already on a call": dialled_at_once,
    "candidates dialled after the last word was said": dialled_against_their_will,
    "attempts that happened but are not on the document": attempts_not_on_document,
    "attempts counted that did not happen, or otherwise": attempts_miscounted,
    "attempts that no job will ever close": attempts_never_closed,
    "slots with two interviews": slots_booked_twice,
    "slots held for nobody, or booked without an interview": slots_lost,
    "interviews without a read-back and a yes": interviews_without_yes,
    "interviews booked on what is no plain yes": booked_on_no_plain_yes,
    "refusals forgotten": refusals_forgotten,
    "transcripts with words that nobody said": words_nobody_said,
    "words said but not on the transcript": said_and_not_written,
    "interviews confirmed to the caller but not in the database": confirmed_not_booked,
    "interviews in the database but not confirmed to the caller": booked_not_confirmed,
    "invitations never sent": invitations_never_sent,
    "mails promised and never sent": promises_of_mail_broken,
    "mails delivered twice": mails_sent_twice,
    "calls that ended in Twilio's “application error”": application_errors,
}
