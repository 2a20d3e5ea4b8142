"""Many at one moment in one transaction; who comes alone never waits for company."""

import threading
from collections.abc import Callable, Sequence

import pytest

from gateway.group_commit import BATCH, Answer, GroupCommit, Soon, do_nothing


class Slow:
    """Commits slowly enough that others come meanwhile, and keeps how many it did at a time."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.free = threading.Event()

    def __call__(self, jobs: Sequence[int], soon: Soon = do_nothing) -> list[int]:
        self.free.wait()
        self.sizes.append(len(jobs))
        return [job * 2 for job in jobs]


def test_what_waits_is_done_together_and_everybody_hears_of_his_own() -> None:
    slow = Slow()
    group: GroupCommit[int] = GroupCommit(slow, "test")
    answers = [group.submit(number) for number in range(BATCH + 10)]
    slow.free.set()
    assert [answer.within(5) for answer in answers] == [2 * number for number in range(BATCH + 10)]
    assert sum(slow.sizes) == BATCH + 10
    assert max(slow.sizes) == BATCH, "never more than bounds the wait of the first"
    group.close()


class Waiting(GroupCommit[int]):
    """Notes how many had come when it began to wait for more."""

    def __init__(self, together: Callable[[Sequence[int], Soon], list[int]]) -> None:
        super().__init__(together, "test")
        self.waits: list[int] = []

    def _let_come(self) -> None:
        super()._let_come()
        self.waits.append(self.waiting)


def test_after_a_crowd_it_waits_while_others_still_come() -> None:
    slow = Slow()
    group = Waiting(slow)
    first = group.submit(0)  # taken up at once, and held
    crowd = [group.submit(number) for number in range(1, 6)]
    slow.free.set()
    assert [answer.within(5) for answer in (first, *crowd)] == [0, 2, 4, 6, 8, 10]
    assert sum(slow.sizes) == 6
    assert group.submit(7).within(5) == 14
    assert len(group.waits) == 1, "once: the one that followed the crowd of five came alone"
    assert group.submit(8).within(5) == 16
    assert len(group.waits) == 1
    group.close()


def test_who_comes_alone_does_not_wait_for_others() -> None:
    group = Waiting(lambda jobs, soon: list(jobs))
    for number in range(20):
        assert group.submit(number).within(5) == number
    group.close()
    assert group.waits == []


def test_many_of_one_moment_are_done_together_and_wait_for_nobody() -> None:
    slow = Slow()
    group = Waiting(slow)
    answers = [Answer[int]() for _ in range(100)]
    for few in (answers[:3], answers[3:90], answers[90:]):
        group.hand([(number, answer) for number, answer in enumerate(few)])
        slow.free.set()
        assert [answer.within(5) for answer in few] == [2 * number for number in range(len(few))]
    assert slow.sizes == [3, 87, 10]
    assert group.waits == [], "they came by one hand: no others are to be expected"
    group.close()


def test_of_many_of_one_moment_the_one_that_fails_fails_alone() -> None:
    def together(jobs: Sequence[int], soon: Soon) -> list[int]:
        if 2 in jobs:
            raise ValueError
        return list(jobs)

    group: GroupCommit[int] = GroupCommit(together, "test")
    answers = [Answer[int]() for _ in range(5)]
    group.hand(list(enumerate(answers)))
    for number, answer in enumerate(answers):
        if number == 2:
            with pytest.raises(ValueError):
                answer.within(5)
        else:
            assert answer.within(5) == number
    group.close()


def test_where_no_thread_could_be_made_the_next_one_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    group: GroupCommit[int] = GroupCommit(lambda jobs, soon: list(jobs), "test")
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(threading.Thread, "start", refuses)
        group.submit(1)
    assert group.submit(2).within(5) == 2
    group.close()


def test_what_is_to_be_done_afterwards_begins_when_all_have_been_told() -> None:
    told = threading.Event()

    def afterwards() -> None:
        assert told.wait(5)

    group: GroupCommit[int] = GroupCommit(lambda jobs, soon: list(jobs), "test", afterwards)
    answers = [Answer[int]() for _ in range(3)]
    group.hand(list(enumerate(answers)))
    assert [answer.within(5) for answer in answers] == [0, 1, 2]
    told.set()
    group.close()


def test_what_fails_afterwards_takes_nobody_his_writer() -> None:
    def afterwards() -> None:
        raise MemoryError

    group: GroupCommit[int] = GroupCommit(lambda jobs, soon: list(jobs), "test", afterwards)
    assert [group.submit(number).within(5) for number in range(3)] == [0, 1, 2]
    group.close()
