"""Questions at a steady pace, each answer held against what is known to be right."""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from tests.support.servers import until
from tests.support.workers import BUSY, Question, answer, asked

#: Whether an answer is right: body, headers, and when it was asked for, by the wall clock [s].
Judge = Callable[[bytes, Mapping[str, str], float], bool]

#: What a site says that has no place for a question, within a sentence.
NO_PLACE = "All connections to the historian are in use"


class Outcome(NamedTuple):
    """What became of one question.

    Parameters
    ----------
    began, ended : by the steady clock [s]
    status : of the answer; 0: there was none
    is_right : an answer of status 200 says what is so
    why : what else was said
    says_when : it may be asked again after so long as the answer says
    """

    question: Question
    began: float
    ended: float
    status: int
    is_right: bool
    why: str
    says_when: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether it was answered, and not by what is so."""
        return self.status == 200 and not self.is_right

    @property
    def is_busy(self) -> bool:
        """Whether it was turned away in words, for want of a place, and told when to ask again."""
        return self.status == 503 and NO_PLACE in self.why and self.says_when

    @property
    def failed(self) -> bool:
        """Whether there was no whole answer."""
        return self.status != 200


class Traffic:
    """Questions that leave `rate` times a second, whether or not those before were answered.

    Parameters
    ----------
    judges : by question, what tells whether its answer is right
    rate : questions a second
    askers : most under way at once
    turns : the questions in their order, again and again; None: each once
    """

    def __init__(
        self,
        site: str,
        judges: dict[Question, Judge],
        rate: float,
        askers: int = 32,
        turns: Sequence[Question] | None = None,
    ) -> None:
        self.outcomes: list[Outcome] = []
        self._site, self._judges, self._rate = site, judges, rate
        self._stop = threading.Event()
        self._next = itertools.count()
        self._turn = itertools.cycle(turns or judges)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask) for _ in range(askers)]

    def __enter__(self) -> "Traffic":
        self._begun = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                due, question = self._begun + next(self._next) / self._rate, next(self._turn)
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            self.outcomes.append(self._outcome(question))

    def _outcome(self, question: Question) -> Outcome:
        began, wall, status, why, is_right = time.monotonic(), time.time(), 0, "", False
        says_when = False
        try:
            status, headers, body = answer(self._site, question)
            says_when = "Retry-After" in headers
            is_right = status == 200 and self._judges[question](body, headers, wall)
            why = "" if is_right else body[:300].decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            why = repr(error)
        return Outcome(question, began, time.monotonic(), status, is_right, why, says_when)

    def wrong(self) -> list[Outcome]:
        """Return the answers that say what is not so."""
        return [each for each in self.outcomes if each.is_wrong]

    def failed(self) -> list[Outcome]:
        """Return the questions without a whole answer."""
        return [each for each in self.outcomes if each.failed]


def late(failed: Iterable[Outcome], kills: Sequence[float], within: float) -> list[Outcome]:
    """Return what failed without having begun before a kill, or so soon after it [s].

    What began before a kill may fail by it as long as it was still under way then.
    """

    def is_excused(each: Outcome) -> bool:
        return any(each.began <= kill + within and each.ended >= kill for kill in kills)

    return [each for each in failed if not is_excused(each)]


def beside(each: Outcome, outcomes: Iterable[Outcome]) -> int:
    """Return how many other questions were under way as long as one was."""
    return sum(
        other.began < each.ended and other.ended > each.began
        for other in outcomes
        if other is not each
    )


def since(outcomes: Iterable[Outcome], kills: Sequence[float]) -> list[float]:
    """Return how long after the last kill before them questions began, sorted [s]."""
    return sorted(
        round(each.began - max((kill for kill in kills if kill <= each.began), default=0), 1)
        for each in outcomes
    )


def told(outcomes: Iterable[Outcome]) -> str:
    """Return what failed and how, for a person."""
    counts = Counter((each.status, each.question.path[:40], each.why[:160]) for each in outcomes)
    return "\n".join(f"{count} x {what}" for what, count in counts.most_common(12))


def same(site: str, questions: Iterable[Question]) -> dict[Question, Judge]:
    """Return judges that hold each answer against that of now: of windows that lie still."""
    judges: dict[Question, Judge] = {}
    for question in questions:
        status, right = until(partial(answered, site, question), 60)
        assert status == 200, (question, right[:300])
        judges[question] = partial(_is_same, right)
    return judges


def lasting(body: bytes) -> object:
    """Return of an answer what does not change while its window lies still.

    Of a chart the figure, beside which stands of when it is; of the API all but how far the replica
    is behind that was read.
    """
    if not body.startswith(b"{"):
        return body
    told = json.loads(body)
    if "multi" in told:
        return [each["figure"] for each in told["response"].values() if "figure" in each]
    told.pop("replica_lag", None)
    return told


def answered(site: str, question: Question) -> tuple[int, bytes] | None:
    """Return status and body of an answer, None where the site had none yet."""
    got = asked(site, question)
    return None if got[0] in BUSY else got


def _is_same(right: bytes, body: bytes, _headers: object, _wall: float) -> bool:
    return body == right or lasting(body) == lasting(right)
