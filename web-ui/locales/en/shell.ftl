# What all pages have around them.

shell-skip = Skip to the content
shell-nav = Pages
shell-nav-volunteer = Volunteer
shell-nav-jobs = Jobs
shell-nav-submit = Submit
shell-nav-ledger = Ledger
shell-nav-status = Status
shell-pill-label = This browser computes:
shell-pill-off = off
shell-pill-computing = { $count ->
    [one] { $count } task
   *[other] { $count } tasks
}
shell-pill-finishing = finishing
shell-pill-paused = paused
shell-pill-distributing = own job open
shell-pill-connecting = connecting
shell-pill-waiting = waiting for work
shell-theme = Colours
shell-theme-system = System
shell-theme-light = Light
shell-theme-dark = Dark
shell-who-sees = Who sees what.
shell-who-sees-what = Inputs and partial results are seen by the volunteers that compute them and by this server. The final result exists only where the submitter folds it.
shell-version = Manyhands { $version }
shell-api-docs = API documentation
shell-footer-status = How this server stands
shell-not-found = There is no such page
shell-not-found-why = The address may be incomplete, or the page has moved.
shell-not-found-home = To the first page

shell-bytes =
    { $bytes ->
        [one] { $bytes } byte
       *[other] { $bytes } bytes
    }

## Fuel

fuel-small =
    { $count ->
        [one] { $count } instruction
       *[other] { $count } instructions
    }
fuel-medium = { $count } million instructions
fuel-large = { $count } billion instructions
