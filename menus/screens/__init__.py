"""The screens, in reading order: home, danger, callback, report, place, status, learn, services; and the menu by SMS."""
