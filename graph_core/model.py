"""What a source can say: the record tables, their columns, types, units and ranges, as data.

A *record* is one row of one source, kept as it was said. Every loader turns its format into these tables, whatever
the format; the project's own CSV files (``tiertrace load tables``) are these tables as they stand. Validation
(`loaders.validate`), the documentation and the derivation of the graph all read the definitions below.

Dates are ISO strings ``YYYY-MM-DD`` throughout, which sort as dates and mean the same in every store. An absent value
is ``None`` in Python, null in the store, an empty cell in CSV.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    ID = "id"
    TEXTS = "texts"
    COUNTRY = "country"
    DATE = "date"
    NUMBER = "number"
    FLAG = "flag"


class Category(StrEnum):
    """What a finding is about. Only the first two are scored unless a policy says more."""

    FORCED_LABOUR = "forced_labour"
    FORCED_CHILD_LABOUR = "forced_child_labour"
    CHILD_LABOUR = "child_labour"
    EXPORT_CONTROL = "export_control"
    SANCTION = "sanction"
    OTHER = "other"


#: Categories that start propagation.
SCORED_CATEGORIES: tuple[str, ...] = (Category.FORCED_LABOUR, Category.FORCED_CHILD_LABOUR)


class Status(StrEnum):
    """Standing of a finding as its authority describes it; dates alone decide whether it counts on a day."""

    STANDING = "standing"
    MODIFIED = "modified"
    SUPERSEDED = "superseded"
    LIFTED = "lifted"
    CONTESTED = "contested"
    RETRACTED = "retracted"


class Disclosure(StrEnum):
    """Whether hidden intermediaries stand between the two ends of a link."""

    DIRECT = "direct"
    INDIRECT = "indirect"


class Evidence(StrEnum):
    """Whether a document names the link, or it was concluded from something else."""

    DOCUMENTED = "documented"
    INFERRED = "inferred"


class Holding(StrEnum):
    """What a holding is; the last two never are control, whatever their percentage."""

    SHAREHOLDING = "shareholding"
    VOTING_RIGHTS = "voting_rights"
    CONTROL = "control"
    CONSOLIDATION = "consolidation"
    FUND_MANAGEMENT = "fund_management"
    OTHER = "other"


#: Holdings through which nobody directs what the other does.
NO_CONTROL: tuple[str, ...] = (Holding.FUND_MANAGEMENT, Holding.OTHER)


class Precision(StrEnum):
    """How exact a pair of coordinates is."""

    SITE = "site"
    STREET = "street"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"


@dataclass(frozen=True)
class Column:
    """One column of a record table.

    Attributes
    ----------
    name : str
        Header of the column.
    kind : Kind
        What its cells hold. ``texts`` are several values split by ``|``; ``country`` is kept as ISO alpha-2.
    description : str
        What a value means to a reader.
    required : bool
        An empty cell rejects the row.
    low, high : float or None
        Closed range of a number.
    choices : tuple of str
        Allowed values; empty: any.
    default : str, float, bool or None
        What an empty cell means.
    unit : str
        Unit of a number.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    default: str | float | bool | None = None
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One record table.

    Attributes
    ----------
    name : str
        Name of the table, and of its CSV file without ``.csv``.
    key : tuple of str
        Columns that say which thing a row is about. A later load of the same key corrects the earlier one.
    columns : tuple of Column
        The columns in their order.
    description : str
        What one row is.
    internal : bool
        Written by loaders only; not a file of ``load tables``.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str
    internal: bool = False

    @property
    def names(self) -> list[str]:
        """Column names in their order."""
        return [column.name for column in self.columns]


def _text(name: str, description: str, **more: object) -> Column:
    return Column(name, Kind.TEXT, description, **more)  # type: ignore[arg-type]


_IDENTIFIERS = Column("identifiers", Kind.TEXTS, "Numbers in registers, each as SCHEME:number, such as DUNS:123456789.")
_VALID_FROM = Column("valid_from", Kind.DATE, "First day on which it holds; empty: open.")
_VALID_TO = Column("valid_to", Kind.DATE, "First day on which it no longer holds; empty: open.")
_SOURCE = _text("source", "Id of the source that says so; empty: the file itself.")

ORGANIZATIONS = Table(
    "organizations",
    ("id",),
    (
        Column("id", Kind.ID, "Id, kept verbatim.", required=True),
        _text("name", "Name as the source writes it.", required=True),
        Column("aliases", Kind.TEXTS, "Other names, in any script."),
        Column("country", Kind.COUNTRY, "Country of registration."),
        _text("lei", "Legal Entity Identifier, 20 characters."),
        Column("roles", Kind.TEXTS, "brand, trader, manufacturer and the like."),
        _text("website", "Address of its web site."),
        _text("address", "Postal address."),
        _IDENTIFIERS,
    ),
    "A legal entity; with the role `brand` an end buyer.",
)

FACILITIES = Table(
    "facilities",
    ("id",),
    (
        Column("id", Kind.ID, "Id, kept verbatim.", required=True),
        _text("name", "Name as the source writes it.", required=True),
        Column("aliases", Kind.TEXTS, "Other names, in any script."),
        _text("address", "Postal address."),
        Column("country", Kind.COUNTRY, "Country in which it stands."),
        Column("lat", Kind.NUMBER, "Latitude.", low=-90, high=90, unit="decimal degrees"),
        Column("lon", Kind.NUMBER, "Longitude.", low=-180, high=180, unit="decimal degrees"),
        _text("os_id", "Open Supply Hub id."),
        Column("operator_id", Kind.ID, "Organization that operates it."),
        _text("product", "What it makes."),
        _IDENTIFIERS,
        Column("sector", Kind.TEXTS, "Sectors in which it works."),
        Column("facility_type", Kind.TEXTS, "Kind of site and what is done there."),
        _text("workers", "Number of workers, or a band such as 101-500, as the source writes it."),
        Column("closed", Kind.FLAG, "The source says that it is closed."),
        _text("precision", "How exact the coordinates are.", choices=tuple(Precision)),
        _text("note", "Anything a reader should know."),
    ),
    "A physical site.",
)

OWNERSHIP = Table(
    "ownership",
    ("owner_id", "owned_id", "kind", "valid_from", "source"),
    (
        Column("owner_id", Kind.ID, "Organization that owns.", required=True),
        Column("owned_id", Kind.ID, "Organization or facility that is owned.", required=True),
        Column("percent", Kind.NUMBER, "Share held; empty: unknown.", low=0, high=100, unit="percent"),
        _VALID_FROM,
        _VALID_TO,
        _SOURCE,
        _text(
            "kind",
            "What the holding is; fund_management and other never count as control. Empty: not said.",
            choices=tuple(Holding),
        ),
    ),
    "A dated holding of one party in another.",
)

LINKS = Table(
    "links",
    ("supplier_id", "buyer_id", "product", "hs", "valid_from", "list_id", "source"),
    (
        Column("supplier_id", Kind.ID, "Party that delivers.", required=True),
        Column("buyer_id", Kind.ID, "Party that receives.", required=True),
        _text("product", "What is delivered."),
        _text("hs", "Harmonized System code."),
        Column("volume", Kind.NUMBER, "Amount delivered.", low=0, unit="as in `unit`"),
        _text("unit", "Unit of the volume."),
        Column("value", Kind.NUMBER, "Value delivered.", low=0, unit="as in `currency`"),
        _text("currency", "ISO code of the currency of the value."),
        Column("share", Kind.NUMBER, "Stated share of the buyer's inputs.", low=0, high=1, unit="0..1"),
        _text(
            "disclosure",
            "direct, or indirect where traders in between are not named.",
            choices=tuple(Disclosure),
            default=Disclosure.DIRECT,
        ),
        _text(
            "evidence",
            "documented, or inferred from something else.",
            choices=tuple(Evidence),
            default=Evidence.DOCUMENTED,
        ),
        Column("confidence", Kind.NUMBER, "Belief in the link.", low=0, high=1, default=1.0, unit="0..1"),
        _VALID_FROM,
        _VALID_TO,
        _SOURCE,
        Column("list_id", Kind.ID, "Disclosure list that holds the row; its dates are the link's."),
    ),
    "One party delivers to another.",
)

FINDINGS = Table(
    "findings",
    ("id",),
    (
        Column("id", Kind.ID, "Id, kept verbatim.", required=True),
        Column("subject_id", Kind.ID, "Party that it is about, where known."),
        _text("subject_name", "Name of the party, where no id is known."),
        Column("subject_aliases", Kind.TEXTS, "Other names of the same party."),
        Column("subject_country", Kind.COUNTRY, "Country of the party."),
        _text("kind", "order, finding, listing, indicator, report and the like."),
        _text("category", "What it is about.", choices=tuple(Category), default=Category.OTHER),
        Column("severity", Kind.NUMBER, "How grave.", low=0, high=1, default=1.0, unit="0..1"),
        Column("confidence", Kind.NUMBER, "How sure.", low=0, high=1, default=1.0, unit="0..1"),
        _text("authority", "Who found it."),
        _text("status", "Standing as shown.", choices=tuple(Status), default=Status.STANDING),
        _VALID_FROM,
        _VALID_TO,
        _text("scope_commodity", "Limits it to this good; empty: all goods."),
        Column("scope_country", Kind.COUNTRY, "Limits it to this country; empty: all countries."),
        Column("includes_subsidiaries", Kind.FLAG, "Names the subsidiaries too.", default=False),
        _text("scope_region", "Region of that country which alone is meant, as the source writes it."),
        _text("source_title", "Title of the document."),
        _text("source_url", "Address of the document."),
        _text("note", "Anything a reader should know."),
    ),
    "A dated, sourced observation about a party, or about a good of a place (kinds `good_country`, `good_region`).",
)

COVERAGE = Table(
    "coverage",
    ("buyer_id", "valid_from", "source"),
    (
        Column("buyer_id", Kind.ID, "Buyer that it is about.", required=True),
        Column(
            "coverage",
            Kind.NUMBER,
            "Share of the buyer's inputs that its links are said to cover.",
            required=True,
            low=0,
            high=1,
            unit="0..1",
        ),
        _VALID_FROM,
        _SOURCE,
    ),
    "A stated coverage; it stands until the buyer's next one.",
)

SOURCES = Table(
    "sources",
    ("id",),
    (
        Column("id", Kind.ID, "Id, kept verbatim.", required=True),
        _text("title", "Title of the dataset or document."),
        _text("publisher", "Who published it."),
        _text("url", "Where it was published."),
        Column("retrieved_at", Kind.DATE, "Day on which it was retrieved."),
        _text("licence", "Terms under which it may be used."),
        _text("sha256", "Checksum of the bytes that were read."),
    ),
    "A dataset snapshot or document.",
)

LISTS = Table(
    "lists",
    ("id",),
    (
        Column("id", Kind.ID, "Id of the list.", required=True),
        Column("buyer_id", Kind.ID, "Buyer that published it or whom it is about.", required=True),
        _text("series", "Lists of one buyer and one series replace each other.", required=True),
        Column("date", Kind.DATE, "First day on which it stands.", required=True),
        _text("title", "What a reader calls it, such as `list of 2021`."),
        _SOURCE,
    ),
    "A dated disclosure list; it stands until the buyer's next list of the same series.",
    internal=True,
)

COUNTRIES = Table(
    "countries",
    ("id",),
    (
        Column("id", Kind.COUNTRY, "ISO alpha-2 code.", required=True),
        _text("name", "Short name in English."),
        _text("alpha3", "ISO alpha-3 code."),
        _text("region", "Part of the world, such as South-eastern Asia."),
        Column("lat", Kind.NUMBER, "Latitude of its middle.", low=-90, high=90, unit="decimal degrees"),
        Column("lon", Kind.NUMBER, "Longitude of its middle.", low=-180, high=180, unit="decimal degrees"),
    ),
    "A country.",
    internal=True,
)

WITHDRAWN = Table(
    "withdrawn",
    ("origin",),
    (Column("origin", Kind.ID, "The record column `origin` of the rows that no longer hold.", required=True),),
    "A record of the amended source that this delivery changes or takes back.",
    internal=True,
)


class Verdict(StrEnum):
    """What a person decided about a pair."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    UNSURE = "UNSURE"
    UNDONE = "UNDONE"


JUDGEMENTS = Table(
    "judgements",
    ("left", "right", "judged_at"),
    (
        Column("left", Kind.ID, "Finding, organization or facility.", required=True),
        Column("right", Kind.ID, "Organization or facility that it is or is not (about).", required=True),
        _text("verdict", "What was decided; UNDONE takes back what was decided before.", choices=tuple(Verdict)),
        _text("judged_by", "Who decided.", required=True),
        _text("judged_at", "When, ISO with the offset from UTC.", required=True),
        _text("why", "Reason, for whoever reads it later."),
        _text("batch", "What was decided together, so that it can be undone together."),
    ),
    "A decision of a person on who is who. The latest one of a pair counts.",
    internal=True,
)

#: Id of the source that holds scenarios and actions. Nothing of the graph rests on it.
PLANS = "plans"

SCENARIOS = Table(
    "scenarios",
    ("name", "kept_at"),
    (
        Column("name", Kind.ID, "What people call it.", required=True),
        _text("changes", "JSON: its changes, as `graph_core.scenario.Scenario.plain` gives them.", required=True),
        _text("kept_by", "Who kept it.", required=True),
        _text("kept_at", "When, ISO with the offset from UTC.", required=True),
    ),
    "A scenario that people keep under a name. The latest one of a name counts.",
    internal=True,
)


class ActionStatus(StrEnum):
    """How far an action is."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"


ACTIONS = Table(
    "actions",
    ("id", "kept_at"),
    (
        Column("id", Kind.ID, "Id of the action.", required=True),
        _text("title", "What is to be done.", required=True),
        _text("owner", "Who does it.", required=True),
        Column("due", Kind.DATE, "Day by which it is to be done."),
        _text("status", "How far it is.", choices=tuple(ActionStatus), default=ActionStatus.OPEN),
        Column("brands", Kind.TEXTS, "Ids of the brands whose figures it is about."),
        _text("scenario", "Name of the scenario that it is expected to bring about."),
        _text("changes", "JSON: the changes of that scenario when it was named."),
        _text("expected", "JSON: figures of the brands before and after the scenario, and their day."),
        _text("baseline", "JSON: figures of the brands when the action was kept first, their day, and where from."),
        _text("note", "Anything a reader should know."),
        _text("kept_by", "Who wrote this down.", required=True),
        _text("kept_at", "When, ISO with the offset from UTC.", required=True),
    ),
    "What somebody is to do, as it was written down. The latest one of an id counts.",
    internal=True,
)

#: Columns that hold ids of organizations and facilities, by record table.
PARTY_COLUMNS: dict[str, tuple[str, ...]] = {
    "organizations": ("id",),
    "facilities": ("id", "operator_id"),
    "ownership": ("owner_id", "owned_id"),
    "links": ("supplier_id", "buyer_id"),
    "findings": ("subject_id",),
    "coverage": ("buyer_id",),
    "lists": ("buyer_id",),
}

#: All record tables, in the order in which they are read.
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *(SOURCES, ORGANIZATIONS, FACILITIES, OWNERSHIP, LISTS, LINKS, FINDINGS, COVERAGE),
        *(COUNTRIES, WITHDRAWN, JUDGEMENTS, SCENARIOS, ACTIONS),
    )
}

#: What every record may say of itself beside the columns of its table; all but ``line`` may be absent.
RECORD: tuple[Column, ...] = (
    Column("line", Kind.NUMBER, "Line of the file on which it begins, or its number where the file has no lines."),
    Column("original", Kind.TEXT, "JSON: the cells that were read, where they differ from the values kept."),
    Column("first_seen", Kind.DATE, "Earliest date on which the source itself says so."),
    Column("last_seen", Kind.DATE, "Latest date on which the source itself says so."),
    Column("records", Kind.NUMBER, "Rows of the file that it stands for; absent: 1."),
    Column("origin", Kind.ID, "Id of the record in its source, by which a later delivery changes or withdraws it."),
)

#: `findings.kind` of an indicator about a good in a region of a country: never an allegation against a site.
GOOD_REGION = "good_region"
#: `findings.kind` of an indicator about a good in a country: never an allegation against a site.
GOOD_COUNTRY = "good_country"
#: Kinds of indicators -> their evidence class (`graph_core.flags.CLASSES`), also the switch of the flag policy.
INDICATORS = {GOOD_COUNTRY: "good_country", GOOD_REGION: "region"}
