#!/usr/bin/python3
"""hostile_runner.py RUNNER FOLDER: hostile arguments, names and bytes, and whether what forestage-run prints is clean."""

import os, subprocess, sys, unicodedata

runner, work = sys.argv[1].encode(), sys.argv[2].encode()
hostile = [b"a\x1b[31mb", b"a\x1b]0;t\x07z", b"a\rb", b"a\x08\x7fz", b"a\xc2\x9b1mb", b"a\x9b1mb", b"a\xff\xfez",
    b"a\xc0\xafz", b"a\xed\xa0\x80z", b"a\xe2\x80\xaez", b"a\xe2\x81\xa6z", b"a\xef\xbb\xbfz", b"a\nb"]
tried = 0


def look(*arguments):
    global tried
    done = subprocess.run([runner, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    text = (done.stdout + done.stderr).decode()  # fails on what is no UTF-8
    assert text, arguments
    bad = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
    assert not bad, (arguments, text)
    tried += 1
    return text


for text in hostile:
    for form in ((b"--jobs", text, b"--list"), (b"--" + text,), (text,),
            (b"--jobs", work, b"--region", b"/nowhere/" + text),
            (b"--device", text, b"--jobs", work, b"--list"), (b"--only", text, b"--jobs", work, b"--list"),
            (b"--run-id", text), (b"--region-size", text), (b"--ahead", text), (b"--region", b"1," + text)):
        look(*form)
    folder = os.path.join(work, b"jobs%d" % tried)
    os.mkdir(folder)
    good = b"[Job]\nType=program\nDescription=" + text.replace(b"\n", b" ") + b"\n[Program]\nExec=./x\n"
    for name, conf in ((text, good), (b"1", good), (b"2", b"[Job]\n" + text + b"=1\n"), (b"3", b"[" + text + b"]\n"),
            (b"4", b"[Job]\nType=" + text + b"\n")):
        with open(os.path.join(folder, name + b".conf"), "wb") as file:
            file.write(conf)
    listed = look(b"--jobs", folder, b"--list")
    assert "the name of 'a\\x" in listed, listed  # which file it is can be told
print(tried, "runs with", len(hostile), "hostile texts")
