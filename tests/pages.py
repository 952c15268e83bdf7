"""Looking at pages."""

import re

from werkzeug.test import TestResponse


def without_tokens(page: TestResponse) -> str:
    """A page without its form tokens, which carry the second in which they were made."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page.text)
