"""What the output of pip and npm means for the person who waits for it."""

import re

PIP_NETWORK = "NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ConnectionReset|ProxyError"
NPM_NETWORK = "ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH"

REASONS = (
    (r"No space left|ENOSPC", "the disk is full: make room and start again."),
    (
        r"DO NOT MATCH THE HASHES|EINTEGRITY",
        "a package is not the one we pinned and was refused: fetch the newest Recovery Net and try again.",
    ),
    (
        r"CERTIFICATE_VERIFY|self.signed certificate|UNABLE_TO_GET_ISSUER",
        "the registry's certificate is not trusted here: set PIP_CERT and NODE_EXTRA_CA_CERTS and try again.",
    ),
    (
        f"{PIP_NETWORK}|{NPM_NETWORK}",
        "the package registry could not be reached, which the first start needs: connect and start again.",
    ),
    (
        r"No matching distribution found for (\S+)",
        "there is no package {0} for this machine and this Python: try another Python from 3.11 on.",
    ),
    (
        r"Permission denied|EACCES|EROFS",
        "a file could not be written: mend the rights of this folder and start again.",
    ),
)


def reason(output: str) -> str:
    """One sentence: why a command that printed this failed, and how to mend it."""
    for pattern, sentence in REASONS:
        if found := re.search(pattern, output):
            return sentence.format(*found.groups())
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f"{lines[-1]}" if lines else "it said nothing."
