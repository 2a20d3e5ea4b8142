"""What the RapidSMS peer does with a text: any text is thanked for, as our gateway does for a report."""

from rapidsms.contrib.handlers.handlers.pattern import PatternHandler


class Answering(PatternHandler):
    pattern = r"^(.*)$"

    def handle(self, words):
        self.respond("Thank you, received.")
