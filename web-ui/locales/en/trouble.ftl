# Why something did not work.

trouble-unreachable = The server does not answer. This page keeps trying.
trouble-busy = The server asks for a little patience. This page keeps trying.
trouble-not-found = There is no such thing here, or it belongs to another key.
trouble-not-approved = This server does not let this key post or read here. Ask its operator to approve the key.
trouble-refused = The server refuses this.
trouble-not-understood = The server’s answer cannot be understood.
trouble-other-ledger = This server serves another ledger than before.
trouble-tampered = What the server gave is not what was signed for. Nothing of it is used.
trouble-no-key = There is no submitter key in this browser yet.
trouble-key = The key cannot be used.
trouble-program = This program cannot be used.
trouble-no-program = Choose a program first.
trouble-no-input = Choose an input.
trouble-split = The input cannot be cut into tasks like this.
trouble-args = An argument is missing or is not what the program takes.
trouble-limits = A limit or the seed is not a value that is allowed.
trouble-job = This job would break a rule.
trouble-input-changed = The input cannot be read any more, or it has changed. Choose it again.
trouble-guest = The program did not end well.
trouble-stopped = Stopped.
trouble-browser = This browser cannot do that now. Close other tabs, or allow scripts and WebAssembly for this site.
