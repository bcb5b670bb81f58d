# Lend cores.

volunteer-title = Volunteer
volunteer-heading = Lend spare power. Nothing runs until you start it.
volunteer-lead = Many volunteers compute each task. An answer counts only when more than half of the chosen ones signed the same bytes.
volunteer-server = On a server
volunteer-server-how = Lend cores of a machine without a screen. Nothing runs before you start it; Ctrl-C stops it at once.
