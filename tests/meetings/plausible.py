"""Rows as hurried people type them: mostly right, with odd bits anywhere."""

from hypothesis import strategies as st

BITS = ("tea", "St. Mary's", "<b>bold</b>", "&amp;", "&lt;i&gt;", "\n\n\n", "\t", "=1+1", "@home", "-5",
        "+1 (555) 010-0199",
        "'=x", "''", "Pass: word", "Passcode: rose", "https://zoom.us/j/123456789?pwd=q", "ID 555 000 1111", "é",
        "e\u0301",
        "日本語", "ไทย", "\u202e", "\u200d", ", ", " > ", "|", ";", '"', "null", "####", "Worldwide", "[1]", "$x", "…",
        "Every second Tuesday.", "\r", "\x85", "\u2028", "<br>", "<3", "a&b", "\ufeff", "x" * 300)  # fmt: skip
text = st.lists(st.sampled_from(BITS) | st.text(max_size=8), max_size=6).map(" ".join)
glued = st.lists(st.sampled_from(BITS), max_size=4).map("".join)
words = text | glued

days = st.sampled_from(
    [0, 1, 7, "3", "Monday", [1, 3], [0, 6], "Mon-Fri", "2nd Tuesday", "1st and last Friday", [2]]
)
times = st.sampled_from(["19:00", "7:30 PM", "23:30", "00:00", "06:15", "Noon"])
zones = st.sampled_from(["America/New_York", "Europe/Kiev", "UTC", "Australia/Lord_Howe", "Asia/Kathmandu"])
codes = st.lists(
    st.sampled_from(["O", "C", "ONL", "TC", "W", "12x12", "Tea, with milk", "a|b", "Open", "zz"]) | words
)
links = (
    st.sampled_from(
        ["https://zoom.us/j/1", "meet.google.com/a-b", "https://example.org/x?a=1&b=2", "ask", ""]
    )
    | words
)

plausible_rows = st.fixed_dictionaries(
    {"name": words.filter(lambda name: any(char.isalpha() for char in name)), "slug": words, "day": days,
    "time": times,
     "timezone": zones},
    optional={
        "end_time": times, "duration": st.sampled_from([45, "90", "1:30", 0, 900]), "types": codes | words,
        "formatted_address": words, "address": words, "city": words, "state": words,
        "postal_code": st.integers(0, 99999),
        "country": words, "region": words, "sub_region": words, "regions": st.lists(words, max_size=6),
        "latitude": st.floats(-100, 100) | words, "longitude": st.floats(-200, 200),
        "approximate": st.sampled_from(["yes", "no", True, "", "maybe"]), "location": words, "location_notes": words,
        "notes": words, "group": words, "group_notes": words, "conference_url": links, "conference_url_notes": words,
        "conference_phone": words, "conference_phone_notes": words, "venmo": words, "square": words, "paypal": words,
        "url": links, "edit_url": links, "website": links, "updated": st.sampled_from(["8/29/2021",
        "2022-07-09 19:32:28", "x"]),
        "attendance_option": st.sampled_from(["in_person", "online", "hybrid", "inactive", "Zoom", "?"]),
        "program": st.sampled_from(["na", "aa", "slaa", "Al-Anon", "ours"]),
        "feedback_emails": st.lists(words, max_size=2),
        "homegroup_online": st.booleans(), "entity": words, "entity_url": links, "feedback_url": links,
        "district": words,
    },
)  # fmt: skip
