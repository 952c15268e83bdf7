"""Meetings, their occurrences and their full-text index."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0003_meetings"
down_revision = "0002_rooms"
branch_labels = None
depends_on = None

FULL_TEXT = {
    "sqlite": """
        CREATE VIRTUAL TABLE meeting_search USING fts5(
            words, content='meetings', content_rowid='number', tokenize='unicode61 remove_diacritics 0');
        CREATE TRIGGER meeting_search_insert AFTER INSERT ON meetings BEGIN
            INSERT INTO meeting_search(rowid, words) VALUES (new.number, new.words);
        END;
        CREATE TRIGGER meeting_search_delete AFTER DELETE ON meetings BEGIN
            INSERT INTO meeting_search(meeting_search, rowid, words) VALUES ('delete', old.number, old.words);
        END;
        CREATE TRIGGER meeting_search_update AFTER UPDATE OF words, number ON meetings BEGIN
            INSERT INTO meeting_search(meeting_search, rowid, words) VALUES ('delete', old.number, old.words);
            INSERT INTO meeting_search(rowid, words) VALUES (new.number, new.words);
        END;
    """,
    "postgresql": """
        CREATE INDEX ix_meetings_search ON meetings USING gin (array_to_tsvector(string_to_array(words, ' ')));
    """,
}


def _of_meeting() -> sa.Column[object]:
    return sa.Column("meeting_id", sa.Uuid(), nullable=False)


def _to_meeting(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_meeting_id_meetings")
    return sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "meeting_sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=True),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_meeting_sources_name")),
    )
    _create_meetings()
    _create_parts()
    for statement in re.findall(
        r"CREATE .*?;(?=\s+CREATE|\s+$)", FULL_TEXT[op.get_bind().dialect.name], re.DOTALL
    ):
        op.execute(statement)


def _create_meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("rrule", sa.String(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("starts_local", sa.Time(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("attendance", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("location_notes", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("is_approximate", sa.Boolean(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("group_notes", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("service_address", sa.String(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("is_scheduled", sa.Boolean(), nullable=False),
        sa.Column("is_joinable", sa.Boolean(), nullable=False),
        sa.Column("is_veiled", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("joining_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("contacts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(rrule is null) = (starts_local is null)", name=op.f("ck_meetings_when")),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["meeting_sources.id"],
            name=op.f("fk_meetings_source_id_meeting_sources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("number", name=op.f("uq_meetings_number")),
        sa.UniqueConstraint("slug", name=op.f("uq_meetings_slug")),
        sa.UniqueConstraint("source_id", "source_key", name=op.f("uq_meetings_source_id_source_key")),
    )
    op.create_index("ix_meetings_latitude_longitude", "meetings", ["latitude", "longitude"])
    op.create_index("ix_meetings_is_scheduled_name", "meetings", ["is_scheduled", "name"])
    op.create_index("ix_meetings_attendance", "meetings", ["attendance"])
    op.create_index("ix_meetings_program", "meetings", ["program"])


def _create_parts() -> None:
    op.create_table(
        "meeting_types",
        _of_meeting(),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        _to_meeting("meeting_types"),
        sa.PrimaryKeyConstraint("meeting_id", "code", name=op.f("pk_meeting_types")),
    )
    op.create_index("ix_meeting_types_code_meeting_id", "meeting_types", ["code", "meeting_id"])
    op.create_table(
        "meeting_regions",
        _of_meeting(),
        sa.Column("folded", sa.String(), nullable=False),
        _to_meeting("meeting_regions"),
        sa.PrimaryKeyConstraint("meeting_id", "folded", name=op.f("pk_meeting_regions")),
    )
    op.create_index("ix_meeting_regions_folded_meeting_id", "meeting_regions", ["folded", "meeting_id"])
    op.create_table(
        "meeting_exceptions",
        _of_meeting(),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("moved_to", sa.DateTime(), nullable=True),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        _to_meeting("meeting_exceptions"),
        sa.PrimaryKeyConstraint("meeting_id", "on", name=op.f("pk_meeting_exceptions")),
    )
    op.create_table(
        "meeting_occurrences",
        _of_meeting(),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.Integer(), nullable=False),
        sa.Column("shown_from", sa.Integer(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        _to_meeting("meeting_occurrences"),
        sa.PrimaryKeyConstraint("meeting_id", "on", name=op.f("pk_meeting_occurrences")),
    )
    indexed = ["starts_at", "meeting_id", "ends_at", "shown_from"]
    op.create_index("ix_meeting_occurrences_starts_at", "meeting_occurrences", indexed)
    op.create_table(
        "meeting_facets",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("meetings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "program", "value", name=op.f("pk_meeting_facets")),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE meeting_search")
    for table in ("facets", "occurrences", "exceptions", "regions", "types"):
        op.drop_table(f"meeting_{table}")
    op.drop_table("meetings")
    op.drop_table("meeting_sources")
