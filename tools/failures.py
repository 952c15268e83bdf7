"""What the output of pip and npm means for the person who waits for it."""

import re

PIP_NETWORK = "NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ConnectionReset|ProxyError"
NPM_NETWORK = "ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH"

REASONS = (
    (r"No space left|ENOSPC", "the disk is full: make room and start again"),
    (
        r"DO NOT MATCH THE HASHES|EINTEGRITY",
        "a package is not the one we pinned and was refused: get the newest Recovery Net and start again",
    ),
    (
        r"CERTIFICATE_VERIFY|self.signed certificate|UNABLE_TO_GET_ISSUER",
        "its certificate is not trusted here: set PIP_CERT and NODE_EXTRA_CA_CERTS, then start again",
    ),
    (
        f"{PIP_NETWORK}|{NPM_NETWORK}",
        "the package registry could not be reached: connect to the network and start again",
    ),
    (
        r"No matching distribution found for (\S+)",
        "there is no package {0} for this machine and this Python: try another Python from 3.11 on",
    ),
    (
        r"Permission denied|EACCES|EROFS",
        "a file could not be written: mend the rights of this folder and start again",
    ),
)


def reason(output: str) -> str:
    """Why a command that printed this failed, and how to mend it."""
    for pattern, words in REASONS:
        if found := re.search(pattern, output):
            return words.format(*found.groups())
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f"its last words were “{lines[-1]}”" if lines else "it said nothing"
