"""The screens in reading order: home, danger, callback, report, place, status, learn, services; the menu by SMS."""
