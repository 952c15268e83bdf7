"""What is stored of a random token."""

import hashlib


def token_hash(token: str) -> bytes:
    """A token has 256 bits, so a plain hash is enough: it cannot be guessed back."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
