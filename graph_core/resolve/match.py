"""Which parties the findings are about: by id, or by an equal and distinctive name in the same country.

Every match is a judgement with its rule and its reason. What the rules below do not settle waits for a person
(outcome ``review``) and changes no figure until then.

=====================  ========  ======================================================================================
rule                   outcome   the finding and the party ...
=====================  ========  ======================================================================================
id                     accepted  the finding gives the party's id; a name counts too only where the source that
                                 gives the id also defines that party, as a list does with entries of its own
equal_name             accepted  have an equal, distinctive name and a country in common
equal_name_several     review    the same, but several parties that cannot be told apart have that name there
equal_name_no_country  review    have an equal, distinctive name, and the country of one of the two is not known
equal_core_other_form  review    have names that differ in their legal form only, and no two different countries
equal_name_doubtful    review    have an equal name and country, but the site's stated places contradict each other
alike                  review    look alike by score (`graph_core.resolve.alike`)
=====================  ========  ======================================================================================

Names are compared whole, never by parts, and by their match keys (`graph_core.resolve.names`). A name without a
distinctive token is no candidate, and neither is a party in another country or a placeholder (by name; by id it is).
Several *facilities* of one name in one country cannot be told apart. Several *organizations* can if the name holds a
legal form, because a register gives such a name once: they are one company that was recorded twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import pandas as pd

from graph_core.graph import among
from graph_core.model import GOOD_COUNTRY, GOOD_REGION
from graph_core.resolve.names import distinctive, parts

#: Columns of the result.
COLUMNS: Final = ["finding", "party", "outcome", "rule", "reason"]
ACCEPTED: Final = "accepted"
REVIEW: Final = "review"

_RULES: Final = ("id", "equal_name", "equal_name_several", "equal_name_no_country", "equal_core_other_form")
_UNSTATED: Final = ""
#: What the reason of a pair tells.
_TOLD: Final = (
    "rule", "said", "written", "wanted", "form", "form_party", "party_known", "by_sites", "site", "several", "here",
    "sites",
)  # fmt: skip


def match_findings(
    findings: pd.DataFrame,
    organizations: pd.DataFrame,
    facilities: pd.DataFrame,
    site_countries: pd.DataFrame,
) -> pd.DataFrame:
    """Decide which organizations and facilities each finding is about.

    Parameters
    ----------
    findings, organizations, facilities : DataFrame
        Tables ``Finding``, ``Organization`` and ``Facility`` of a graph (`graph_core.schema`). A finding's country is
        ``subject_country``; its scope is no country of the subject.
    site_countries : DataFrame
        Columns ``party`` (organization) and ``country`` of the sites that it runs or owns, one row a site; they stand
        in for the country of an organization that has none stated.

    Returns
    -------
    DataFrame
        Columns ``finding``, ``party``, ``outcome`` (``accepted`` or ``review``), ``rule`` and ``reason``. One row a
        pair, with the strongest rule that applies; ordered by finding, then party.
    """
    known = pd.Index(organizations["id"]).append(pd.Index(facilities["id"]))
    by_id = _by_id(findings, known)
    subjects = _subjects(findings[named(findings, organizations, facilities)])
    parties = _parties(organizations, facilities)
    countries = _countries(organizations, facilities, site_countries)
    # Names that do not say who it is are no candidates; only what both sides have is worth the question.
    common = subjects.loc[among(subjects["core"], parties["core"]), ["said", "core"]].drop_duplicates("core")
    telling = common.loc[[distinctive(name) for name in common["said"].tolist()], "core"]
    by_name = _by_name(subjects[among(subjects["core"], telling)], parties, countries)
    found = pd.concat([by_id, by_name], ignore_index=True)
    found["rank"] = found["rule"].map({rule: rank for rank, rule in enumerate(_RULES)})
    found = found.sort_values(["finding", "party", "rank", "reason"], kind="stable", ignore_index=True)
    return found.drop_duplicates(["finding", "party"], ignore_index=True)[COLUMNS].astype("str")


def doubtful(matches: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Let a match by name wait where what is stated of the site's place contradicts itself.

    Parameters
    ----------
    matches : DataFrame
        As `match_findings` gives them.
    facilities : DataFrame
        Columns ``id`` and ``contradictions``, a list of sentences a site.

    Returns
    -------
    DataFrame
        The same rows; of those changed, outcome, rule and reason.
    """
    marked = facilities[facilities["contradictions"].str.len() > 0].set_index("id")["contradictions"]
    waits = (matches["rule"] == "equal_name") & matches["party"].isin(marked.index)
    if not waits.any():
        return matches
    why = "; but " + matches.loc[waits, "party"].map(marked).map("; ".join)
    reasons = matches["reason"].mask(waits, matches["reason"] + why.reindex(matches.index))
    return matches.assign(
        outcome=matches["outcome"].mask(waits, REVIEW),
        rule=matches["rule"].mask(waits, "equal_name_doubtful"),
        reason=reasons,
    )


def _by_id(findings: pd.DataFrame, known: pd.Index) -> pd.DataFrame:
    named = findings.loc[_given(findings["subject_id"]) & among(findings["subject_id"], known), ["id", "subject_id"]]
    found = pd.DataFrame({"finding": named["id"], "party": named["subject_id"]})
    found["outcome"] = ACCEPTED
    found["rule"] = "id"
    found["reason"] = "the finding gives this id"
    return found[COLUMNS]


def _given(column: pd.Series) -> pd.Series:
    """Whether each cell holds a text."""
    return column.notna() & (column.astype("str").fillna("") != "")


def _names(frame: pd.DataFrame, name: str, aliases: str) -> pd.DataFrame:
    """All names of all rows: columns ``id`` and ``name``, the main name first."""
    rows: list[tuple[str, str]] = []
    for identity, main, others in zip(*(frame[column].tolist() for column in ("id", name, aliases)), strict=True):
        said: Iterable[object] = (main, *others) if isinstance(others, (list, tuple)) else (main,)
        rows.extend((identity, text) for text in dict.fromkeys(said) if isinstance(text, str) and text)
    return pd.DataFrame(rows, columns=["id", "name"], dtype="str")


def _keyed(names: pd.DataFrame) -> pd.DataFrame:
    """Add the match key's two parts."""
    codes, texts = pd.factorize(names["name"])
    apart = [parts(text) for text in texts.tolist()]
    names = names.assign(
        core=pd.Series([one.core for one in apart], dtype="str").take(codes).array,
        form=pd.Series([one.form for one in apart], dtype="str").take(codes).array,
    )
    return names.drop_duplicates(["id", "core", "form"], ignore_index=True)


def named(findings: pd.DataFrame, organizations: pd.DataFrame, facilities: pd.DataFrame) -> pd.Series:
    """Which findings may be about parties that have their subject's name.

    A finding that gives the id of a party speaks of that party alone; but where the same source defines that party, as
    a list does that comes with entries of its own, the id says nothing about who it is elsewhere. A finding about a
    good is about nobody.
    """
    known = pd.concat([organizations["id"], facilities["id"]])
    own_entry = among(findings["id"], own_entries(findings, organizations, facilities)["id"])
    about_good = findings["kind"].isin((GOOD_COUNTRY, GOOD_REGION))
    named_only: pd.Series = (own_entry | ~among(findings["subject_id"], known)) & ~about_good
    return named_only


def own_entries(findings: pd.DataFrame, organizations: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Findings about an entry of their own list: they give the id of a party, and the same source defines the party.

    Returns
    -------
    DataFrame
        Columns ``id`` (finding) and ``subject_id`` (party).
    """
    parties = pd.concat([organizations[["id", "sources"]], facilities[["id", "sources"]]]).explode("sources")
    said = findings[["id", "subject_id", "sources"]].explode("sources").dropna()
    parties = parties.rename(columns={"id": "subject_id"})
    return said.merge(parties, on=["subject_id", "sources"])[["id", "subject_id"]].drop_duplicates()


def _subjects(by_name: pd.DataFrame) -> pd.DataFrame:
    """Names of the findings that may name by name: columns finding, said, core, form, wanted (country)."""
    names = _keyed(_names(by_name, "subject_name", "subject_aliases"))
    wanted = by_name.set_index("id")["subject_country"].astype("object").fillna(_UNSTATED)
    names["wanted"] = names["id"].map(wanted)
    return names.rename(columns={"id": "finding", "name": "said"})


def _parties(organizations: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Names of all parties that may match by name: columns party, written, core, form, site."""
    names = [
        _keyed(_names(frame[~frame["placeholder"].astype("boolean").fillna(False)], "name", "aliases")).assign(
            site=site
        )
        for frame, site in ((organizations, False), (facilities, True))
    ]
    return pd.concat(names, ignore_index=True).rename(columns={"id": "party", "name": "written"})


def _countries(
    organizations: pd.DataFrame, facilities: pd.DataFrame, site_countries: pd.DataFrame
) -> dict[str, pd.Series]:
    """Countries of every party: the stated one, else those of its sites with their number.

    Returns
    -------
    dict
        ``stated``: country by party. ``sites``: number of sites by (party, country). ``total``: sites by party.
    """
    both = pd.concat([organizations[["id", "country"]], facilities[["id", "country"]]], ignore_index=True)
    both = both[_given(both["country"])].drop_duplicates("id")
    known = site_countries[_given(site_countries["country"])]
    return {
        "stated": both.set_index("id")["country"],
        "sites": known.groupby(["party", "country"]).size(),
        "total": site_countries.groupby("party").size(),
    }


def _by_name(subjects: pd.DataFrame, parties: pd.DataFrame, countries: dict[str, pd.Series]) -> pd.DataFrame:
    pairs = subjects.merge(parties, on="core", suffixes=("", "_party"))
    if pairs.empty:
        return pd.DataFrame(columns=COLUMNS, dtype="str")
    stated = pairs["party"].map(countries["stated"]).astype("object").fillna(_UNSTATED)
    at_home = pd.MultiIndex.from_frame(pairs[["party", "wanted"]])
    pairs["here"] = countries["sites"].reindex(at_home).fillna(0).astype("int64").to_numpy()
    pairs["sites"] = pairs["party"].map(countries["total"]).fillna(0).astype("int64")
    anywhere = among(pairs["party"], countries["sites"].index.get_level_values(0))
    wanted = pairs["wanted"] != _UNSTATED
    pairs["by_sites"] = stated == _UNSTATED
    pairs["party_known"] = ~pairs["by_sites"] | anywhere
    same_country = wanted & ((stated == pairs["wanted"]) | (pairs["by_sites"] & (pairs["here"] > 0)))
    unknown_country = ~wanted | ~pairs["party_known"]
    same_form = pairs["form"] == pairs["form_party"]

    pairs["rule"] = ""
    pairs.loc[same_form & unknown_country, "rule"] = "equal_name_no_country"
    pairs.loc[~same_form & (same_country | unknown_country), "rule"] = "equal_core_other_form"
    pairs.loc[same_form & same_country, "rule"] = "equal_name"
    pairs = pairs[pairs["rule"] != ""].reset_index(drop=True)
    pairs["several"] = _namesakes(pairs)
    pairs.loc[pairs["several"] > 1, "rule"] = "equal_name_several"
    pairs["outcome"] = pairs["rule"].map(lambda rule: ACCEPTED if rule == "equal_name" else REVIEW)
    told = zip(*(pairs[column].tolist() for column in _TOLD), strict=True)
    pairs["reason"] = [_reason(dict(zip(_TOLD, row, strict=True))) for row in told]
    return pairs[COLUMNS]


def _namesakes(pairs: pd.DataFrame) -> pd.Series:
    """Number of parties that have the equal name in the same country and cannot be told apart; 0 where none."""
    alike = pairs[(pairs["rule"] == "equal_name") & (pairs["site"] | (pairs["form"] == ""))]
    counted = alike.groupby(["finding", "core", "form", "site"])["party"].transform("nunique")
    return counted.reindex(pairs.index).fillna(0).astype("int64")


def _reason(row: Mapping[str, object]) -> str:
    """Say in words why the pair was proposed, and what keeps it from being accepted."""
    said, written, wanted = row["said"], row["written"], row["wanted"]
    if row["rule"] == "equal_core_other_form":
        forms = f"{row['form'] or 'none'} and {row['form_party'] or 'none'}"
        known = wanted != _UNSTATED and row["party_known"]
        where = f"same country {_place(row)}" if known else f"and no country is stated for {_lacking(row)}"
        return f"'{said}' and '{written}' differ in their legal form ({forms}), {where}"
    if said == written:
        equal = f"identical name '{written}'"
    else:
        equal = f"equal name '{written}' after unifying spelling and legal forms"
    if row["rule"] == "equal_name_no_country":
        return f"{equal}, but no country is stated for {_lacking(row)}"
    if row["rule"] == "equal_name_several":
        kind = "facilities" if row["site"] else "organizations"
        return f"{equal}, same country {_place(row)}, but {row['several']} {kind} there have it"
    return f"{equal}, same country {_place(row)}"


def _lacking(row: Mapping[str, object]) -> str:
    """Say which of the two has no country."""
    if row["wanted"] != _UNSTATED:
        return "the party"
    return "the finding" if row["party_known"] else "both"


def _place(row: Mapping[str, object]) -> str:
    """Return the country, and whose it is where the party itself states none."""
    if not row["by_sites"]:
        return str(row["wanted"])
    here, sites = row["here"], row["sites"]
    whose = "that of its sites" if here == sites else f"that of {here} of its {sites} sites"
    if here == sites and sites != 1:
        whose = f"that of its {sites} sites"
    return f"{row['wanted']} ({whose})"
