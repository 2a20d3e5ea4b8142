"""Officers on duty by SMS: HADIR, PULANG, PIKET, and one code that hands over all cases at the end of a shift.

HADIR, PULANG and PIKET come here after the challenge on the registered phone (conversations.officers).
"""

from collections.abc import Callable, Iterable

from gateway.casework import acts, alerts, attempts, attendance, handling
from gateway.casework.rota import areas_of
from gateway.conversations.arrival import Arrival
from gateway.errors import Refused
from menus.gsm import segments
from models.duty import list_on_duty
from models.people import Officer

MOST_NAMES = 5


def come(arrival: Arrival, officer: Officer) -> bool:
    """HADIR: written on her shift. Without a shift now it is on the record, and she is told."""
    shift = attendance.come(arrival.session, arrival.now, officer)
    attempts.note(arrival.session, arrival.now, f"phone {officer.id}", "present" if shift else "present, no shift")
    arrival.say_to_staff("sms.officer.present" if shift else "sms.officer.no_shift")
    return True


def go_home(arrival: Arrival, officer: Officer) -> bool:
    """PULANG: the shift ends now, or when the urgent cases still in her hands have been handed over."""
    held = attendance.leave(arrival.session, arrival.now, officer)
    if held:
        references = " ".join(case.reference for case in held[:8])
        arrival.say_to_staff("sms.officer.still", n=str(len(held)), refs=references)
        return True
    attempts.note(arrival.session, arrival.now, f"phone {officer.id}", "gone home")
    arrival.say_to_staff("sms.officer.gone")
    return True


def tell_duty(arrival: Arrival, officer: Officer) -> bool:
    """PIKET: who is on duty now, by kecamatan when that fits in one SMS."""
    desk = arrival.desk
    entries = [
        (alerts.name_of(desk, other), [desk.areas.kecamatan_number(code) for code in areas])
        for shift, other in list_on_duty(arrival.session, arrival.now)
        if (areas := areas_of(shift, other)) is not None
    ]
    for listed in (by_kecamatan(entries), ", ".join(sorted({name for name, _ in entries})[:MOST_NAMES])):
        if segments(desk.texts.render("sms.officer.duty", "id", names=listed)) == 1:
            break
    arrival.say_to_staff("sms.officer.duty", names=listed or "-")
    return True


def by_kecamatan(entries: Iterable[tuple[str, list[str]]]) -> str:
    """`Citra; Kec 04 Ani, Budi; Kec 05 Budi`: first who has the whole district, then each kecamatan. Pure."""
    places: dict[str, list[str]] = {}
    for name, numbers in entries:
        for number in numbers or [""]:
            places.setdefault(number, []).append(name)
    listed = {number: ", ".join(dict.fromkeys(sorted(names))) for number, names in places.items()}
    return "; ".join(f"Kec {number} {names}" if number else names for number, names in sorted(listed.items()))


def hand_over(arrival: Arrival, officer: Officer) -> bool:
    """OPER with the code of a shift's end: every case in her hands goes back to those on duty."""
    passed = []
    for case in attendance.list_held(arrival.session, officer.id):
        try:
            act = acts.begin_on(arrival.session, arrival.desk, arrival.now, case.id, officer, called=True)
            passed.append(handling.pass_on(act))
        except Refused:
            continue  # it is no longer hers to pass on; the others are
    if len(passed) == 1:
        arrival.say_to_staff("sms.officer.passed", passed[0], ref=passed[0].reference)
    else:
        arrival.say_to_staff("sms.officer.passed_all", n=str(len(passed)))
    return True


COMMANDS: dict[str, Callable[[Arrival, Officer], bool]] = {"PIKET": tell_duty, "HADIR": come, "PULANG": go_home}
"""What a confirmed command of duty does."""
