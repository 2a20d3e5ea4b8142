"""Why something was refused, in the office's language. The use cases say it in English, as the command line shows it.

Each line is a pattern of theirs and our sentence; groups of the pattern are its inserts. A test sees that no refusal
of the casework is missing here.
"""

import re
from typing import Final

from flask_babel import gettext, lazy_gettext

from gateway.errors import Refused

_ = lazy_gettext
SENTENCES: Final = (
    (r"a password has at least (?P<n>\d+) characters", _("Kata sandi paling sedikit %(n)s huruf.")),
    (r"a password has at most (?P<n>\d+) characters", _("Kata sandi paling banyak %(n)s huruf.")),
    (r"the old password is wrong", _("Kata sandi sekarang salah.")),
    (r"the two passwords differ", _("Kedua kata sandi baru tidak sama.")),
    (r"the code is wrong or was used", _("Kode salah atau sudah dipakai. Tunggu kode berikutnya.")),
    (r"a second factor is set up already", _("Kode ponsel sudah terpasang.")),
    (r"no second factor is set up", _("Kode ponsel belum terpasang.")),
    (r"the form has no receipt", _("Formulir ini sudah usang. Muat ulang halaman lalu kirim lagi.")),
    (r"this officer is no longer on the list", _("Anda tidak lagi ada di daftar petugas.")),
)
PATTERNS: Final = tuple((re.compile(pattern), sentence) for pattern, sentence in SENTENCES)


def explain(refusal: Refused) -> str:
    """One line; what we have no sentence for is shown as it came."""
    said = str(refusal)
    for pattern, sentence in PATTERNS:
        found = pattern.fullmatch(said)
        if found:
            return str(gettext(str(sentence._args[0]), **found.groupdict()))
    return said
