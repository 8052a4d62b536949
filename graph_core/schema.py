"""The graph as data: labels, relationship types, properties, keys, constraints and indexes.

The migrations, the Cypher that writes and reads the graph, the documentation (``docs/schema.md``) and the check of a
store all come from the definitions below. Nodes and relationships are what we *believe*, derived from records (what
sources *said*, `graph_core.model`), judgements and policy; deriving again from the same records gives the same graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """Type of a property. One property name has one type everywhere (a store trap, see docs)."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    STRINGS = "LIST<STRING>"
    FLOATS = "LIST<FLOAT>"


@dataclass(frozen=True)
class Property:
    """One property: name, type, meaning, unit, and whether it is indexed."""

    name: str
    type: Type
    description: str
    unit: str = ""
    indexed: bool = False


@dataclass(frozen=True)
class NodeType:
    """One kind of node; ``id`` is its key.

    Attributes
    ----------
    label : str
        Main label; also the name of the table in `graph_core.graph.Graph`.
    extra : tuple of str
        Further labels that every such node has.
    properties : tuple of Property
        All properties but ``id``.
    description : str
        What one node is.
    """

    label: str
    properties: tuple[Property, ...]
    description: str
    extra: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Columns of the table in `graph_core.graph.Graph`."""
        return ["id", *(p.name for p in self.properties)]


@dataclass(frozen=True)
class RelationshipType:
    """One kind of relationship; ``id`` is its key.

    Attributes
    ----------
    type : str
        Relationship type.
    table : str
        Name of the table in `graph_core.graph.Graph` (unlike labels and types, which may not coincide).
    start, end : str
        Labels of the ends; ``Party`` is any organization or facility.
    """

    type: str
    start: str
    end: str
    properties: tuple[Property, ...]
    description: str

    @property
    def table(self) -> str:
        """Name of the table in `graph_core.graph.Graph`."""
        return self.type

    @property
    def columns(self) -> list[str]:
        """Columns of the table in `graph_core.graph.Graph`."""
        return ["id", "start", "end", *(p.name for p in self.properties)]


def _s(name: str, description: str, indexed: bool = False) -> Property:
    return Property(name, Type.STRING, description, indexed=indexed)


def _f(name: str, description: str, unit: str = "") -> Property:
    return Property(name, Type.FLOAT, description, unit)


def _l(name: str, description: str) -> Property:
    return Property(name, Type.STRINGS, description)


NAME = _s("name", "Name as the source writes it.", indexed=True)
SOURCES = _l("sources", "Ids of the sources that say so.")
VALID_FROM = _s("valid_from", "First day on which it holds, YYYY-MM-DD; absent: open.")
VALID_TO = _s("valid_to", "First day on which it no longer holds, YYYY-MM-DD; absent: open.")
_PLACEHOLDER = Property("placeholder", Type.BOOLEAN, "Named by a record, defined by none; country unknown.")
_IDENTIFIERS = _l("identifiers", "Numbers in registers, each as SCHEME:number.")
_PARTY = (
    NAME,
    _l("aliases", "Other names, in any script."),
    _l("keys", "Normalised names by which it can be matched."),
    _s("country", "ISO alpha-2 country, where stated.", indexed=True),
    _l("merged_ids", "Other ids under which sources name it, one and the same by judgement or by a shared identifier."),
)

NODES: tuple[NodeType, ...] = (
    NodeType(
        "Organization",
        (
            *_PARTY,
            _s("lei", "Legal Entity Identifier."),
            _l("roles", "brand, trader, manufacturer and the like."),
            _s("website", "Address of its web site."),
            _s("address", "Postal address."),
            _IDENTIFIERS,
            Property("brand", Type.BOOLEAN, "Whether it has the role of end buyer; such nodes also have `Brand`."),
            _PLACEHOLDER,
            SOURCES,
        ),
        "A legal entity. With the extra label `Brand` an end buyer.",
        extra=("Party",),
    ),
    NodeType(
        "Facility",
        (
            *_PARTY,
            _s("address", "Postal address."),
            _f("lat", "Latitude.", "decimal degrees"),
            _f("lon", "Longitude.", "decimal degrees"),
            _s("os_id", "Open Supply Hub id.", indexed=True),
            _s("product", "What it makes."),
            _IDENTIFIERS,
            _l("sector", "Sectors in which it works."),
            _l("facility_type", "Kind of site and what is done there."),
            _s("workers", "Number of workers, or a band, as the source writes it."),
            Property("closed", Type.BOOLEAN, "A source says that it is closed."),
            _s("precision", "How exact the coordinates are: site, street, city, region or country."),
            _l("contradictions", "What its countries, address and point say against each other, in words."),
            _s("note", "Anything a reader should know."),
            _PLACEHOLDER,
            SOURCES,
        ),
        "A physical site.",
        extra=("Party",),
    ),
    NodeType("Commodity", (NAME, _l("aliases", "Names that lists give it.")), "A good."),
    NodeType(
        "Country",
        (
            NAME,
            _s("alpha3", "ISO alpha-3 code, where a table of countries is loaded."),
            _s("region", "Part of the world, where a table of countries is loaded."),
            _f("lat", "Latitude of its middle, never of a site in it.", "decimal degrees"),
            _f("lon", "Longitude of its middle, never of a site in it.", "decimal degrees"),
        ),
        "A country; its id is the ISO alpha-2 code.",
    ),
    NodeType(
        "Finding",
        (
            _s("subject_id", "Party that it is about, where the source gives an id."),
            _s("subject_name", "Name of the party as the authority writes it."),
            _l("subject_aliases", "Other names of the party, as the authority writes them."),
            _s("subject_country", "Country of the party."),
            _s("kind", "order, finding, listing, report; `good_country`, `good_region`: an indicator about a good."),
            _s("category", "What it is about; only forced labour is scored.", indexed=True),
            _f("severity", "How grave.", "0..1"),
            _f("confidence", "How sure.", "0..1"),
            _s("authority", "Who found it."),
            _s("status", "Standing as shown; dates decide whether it counts on a day."),
            VALID_FROM,
            VALID_TO,
            _s("scope_commodity", "Limits it to this good; absent: all goods."),
            _s("scope_country", "Limits it to this country; absent: all countries."),
            Property("includes_subsidiaries", Type.BOOLEAN, "Names the subsidiaries too."),
            _s("scope_region", "Region of that country which alone is meant."),
            _s("first_seen", "Earliest date of a source that holds it."),
            _s("last_seen", "Latest date of a source that holds it."),
            _s("source_title", "Title of the document."),
            _s("source_url", "Address of the document."),
            _s("note", "Anything a reader should know."),
            SOURCES,
        ),
        "A dated, sourced observation.",
    ),
    NodeType(
        "DisclosureList",
        (
            _s("buyer_id", "Buyer that published it."),
            _s("series", "Lists of one buyer and one series replace each other."),
            _s("title", "What a reader calls it."),
            VALID_FROM,
            VALID_TO,
            Property("suppliers", Type.INTEGER, "Distinct suppliers that it names."),
            SOURCES,
        ),
        "A dated disclosure list of a buyer; it stands until the next one of its series.",
    ),
    NodeType(
        "CoverageStatement",
        (
            _s("buyer_id", "Buyer that it is about."),
            _f("coverage", "Share of the buyer's inputs that its links are said to cover.", "0..1"),
            VALID_FROM,
            VALID_TO,
            SOURCES,
        ),
        "A stated coverage of a buyer's inputs.",
    ),
    NodeType(
        "Source",
        (
            _s("title", "Title of the dataset or document."),
            _s("publisher", "Who published it."),
            _s("url", "Where it was published."),
            _s("retrieved_at", "Day on which it was retrieved."),
            _s("licence", "Terms under which it may be used."),
            _s("sha256", "Checksum of the bytes that were read."),
            _s("format", "Format that read it."),
        ),
        "A dataset snapshot or document.",
    ),
)

RELATIONSHIPS: tuple[RelationshipType, ...] = (
    RelationshipType(
        "SUPPLIES",
        "Party",
        "Party",
        (
            _s("product", "What is delivered."),
            _s("hs", "Harmonized System code."),
            _f("volume", "Amount delivered.", "as in `unit`"),
            _s("unit", "Unit of the volume."),
            _f("value", "Value delivered.", "as in `currency`"),
            _s("currency", "ISO code of the currency."),
            _f("share", "Stated share of the buyer's inputs; what is derived for a day lives in the run.", "0..1"),
            _s("share_basis", "stated, volume, value, or none where an equal split has to be assumed."),
            _s("disclosure", "direct, or indirect where traders in between are not named."),
            _s("evidence", "documented, or inferred from something else."),
            _f("confidence", "Belief in the link.", "0..1"),
            VALID_FROM,
            VALID_TO,
            _s("first_seen", "Earliest date on which a source states it."),
            _s("last_seen", "Latest date on which a source states it."),
            Property("records", Type.INTEGER, "Records that state it, duplicates included."),
            SOURCES,
        ),
        "One supplier delivers one product to one buyer over one unbroken interval [valid_from, valid_to).",
    ),
    RelationshipType(
        "OPERATES",
        "Party",
        "Party",
        (VALID_FROM, VALID_TO, SOURCES),
        "The organization runs the site.",
    ),
    RelationshipType(
        "OWNS",
        "Party",
        "Party",
        (
            _f("percent", "Share held; absent: unknown.", "percent"),
            _s("kind", "shareholding, voting_rights, control, consolidation, fund_management or other, where said."),
            VALID_FROM,
            VALID_TO,
            SOURCES,
        ),
        "The organization holds a share of the other, or has the site in its group.",
    ),
    RelationshipType(
        "ABOUT",
        "Finding",
        "Party",
        (
            _s("judgement", "POSITIVE: this is the party that the finding names."),
            _s("rule", "What decided: id, equal_name, or judged (a person)."),
            _s("reason", "Why, in words."),
            _s("judged_by", "Who judged; `rule` where no person did."),
        ),
        "The finding is about the party.",
    ),
    RelationshipType(
        "MAY_BE_ABOUT",
        "Finding",
        "Party",
        (
            _s("judgement", "UNSURE: waits for a person."),
            _s("rule", "What proposed it."),
            _s("reason", "Why it was not accepted by itself."),
            _s("judged_by", "Who judged; `rule` where no person did."),
        ),
        "A match that waits for review; it counts only where unreviewed matches are included.",
    ),
    RelationshipType(
        "ABOUT_COMMODITY", "Finding", "Commodity", (), "The indicator is about the good, never about a site."
    ),
    RelationshipType("ABOUT_COUNTRY", "Finding", "Country", (), "The country in which the good is made."),
    RelationshipType("PRODUCES", "Facility", "Commodity", (), "The site makes the good."),
    RelationshipType("LOCATED_IN", "Party", "Country", (), "Country stated for the party."),
    RelationshipType("DISCLOSED", "Party", "DisclosureList", (), "The buyer published the list."),
    RelationshipType("STATED", "Party", "CoverageStatement", (), "The buyer's stated coverage."),
)

#: What computations found; dated results, not part of the believed graph and not in its tables.
RESULT_NODES: tuple[NodeType, ...] = (
    NodeType(
        "ExposureRun",
        (
            _s("as_of", "Day that it describes, YYYY-MM-DD."),
            _s("score_name", "Which score was computed."),
            _s("parameters", "All parameters, as JSON."),
            _s("input_hash", "Hash of the graph that it was computed from."),
            _s("code_version", "Version of the program."),
        ),
        "One computation of exposures; its id is a hash of input, parameters and code version.",
    ),
)

RESULT_RELATIONSHIPS: tuple[RelationshipType, ...] = (
    RelationshipType(
        "FOUND",
        "ExposureRun",
        "Organization",
        (
            _f("score", "Exposure of the brand; absent: no list in force or nothing that could say so.", "0..1"),
            _f("lower", "Lower bound.", "0..1"),
            _f("upper", "Upper bound.", "0..1"),
            _f("unmapped", "Share of the inputs that no link covers.", "0..1"),
            _f("coverage", "Share of the inputs that links are said to cover.", "0..1"),
            _f("documented_only", "The score from documented links alone.", "0..1"),
            _l("attribution_ids", "Flagged parties that the score comes from, largest first."),
            Property("attribution_shares", Type.FLOATS, "Their parts of the score, in the same order.", "0..1"),
        ),
        "The run found this exposure of the brand.",
    ),
)

NODE: dict[str, NodeType] = {node.label: node for node in NODES}
RELATIONSHIP: dict[str, RelationshipType] = {relationship.type: relationship for relationship in RELATIONSHIPS}
#: Column order of every table of a graph.
COLUMNS: dict[str, list[str]] = {
    **{node.label: node.columns for node in NODES},
    **{relationship.table: relationship.columns for relationship in RELATIONSHIPS},
}
#: Type of every column of a graph table.
TYPES: dict[str, dict[str, Type]] = {
    name: dict.fromkeys(("id", "start", "end"), Type.STRING) | {p.name: p.type for p in properties}
    for name, properties in [
        *((node.label, node.properties) for node in NODES),
        *((relationship.table, relationship.properties) for relationship in RELATIONSHIPS),
    ]
}
